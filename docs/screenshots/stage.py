"""An instance in use: an account of months, a new one, and one in trouble."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Browser
from sqlalchemy import update

from pingpilot_app.domain.audit import COMMAND_LINE, Action, Actor, Entry
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.plan import Plan
from pingpilot_app.storage.audit import add_entry
from pingpilot_app.storage.categories import add_category
from pingpilot_app.storage.database import Database
from pingpilot_app.storage.destinations import set_address
from pingpilot_app.storage.seed import seed_events
from pingpilot_app.storage.tables import quota_usage
from tests.browser.conftest import send_event
from tests.browser.people import Person, join, set_up
from tests.browser.server import Server
from tests.browser.visitor import Visitor, refuse, visit

STRANGER, NEWCOMER, REGULAR, TROUBLED = "stranger", "newcomer", "regular", "troubled"

SEEDED = 900  # events of the last three months
QUIET = "newsletter"  # a category in which nothing has happened

SLOW_BACKUP = (
    "Nightly backup was slower than usual: 42 minutes instead of 12. The disk of db-2 reports "
    "retries, and the queue behind it grew to 18,000 before it recovered by itself."
)
EVENTS = (
    ("sale", "Order #1048 paid", {"amount": 249.9, "currency": "EUR", "items": 3, "first": False}),
    ("signup", "Grace joined from the newsletter", {"plan": "PRO", "seats": 0}),
    ("bug", "Checkout fails for carts over 100 items", {"severity": "high", "carts": 3}),
    ("question", "Can I export last year's invoices as one file?", {"customer": "Hopper Ltd"}),
    (
        "bug",
        SLOW_BACKUP,
        {
            "host": "db-2.eu-central.internal.example.org",
            "minutes": 42,
            "queue": 18_000,
            "disk": "/dev/nvme1n1",
            "recovered": True,
            "runbook": "https://wiki.example.org/runbooks/slow-backup#disk-retries",
            "shift": "night",
            "release": "2026.11.2",
        },
    ),
)


@dataclass
class Stage:
    """The server and the people on it. `keys` and `events` are by person; `events` are ids."""

    server: Server
    people: dict[str, Person] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    events: dict[str, str] = field(default_factory=dict)

    def visitor(self, browser: Browser, who: str) -> Visitor:
        """Return a visitor with a browser of their own."""
        person = self.people.get(who)
        visitor = visit(browser, self.server, person.cookies if person else ())
        return replace(visitor, event=self.events.get(who, visitor.event))

    def send(self, who: str, category: str, description: str, fields: object) -> str:
        """Send an event and return its id."""
        answer = send_event(
            self.server, self.keys[who], category=category, description=description, fields=fields
        )
        return str(answer.raise_for_status().json()["eventId"])


def set_stage(server: Server, browser: Browser) -> Stage:
    """Prepare all of it, as far as pages show it."""
    stage = Stage(server)
    for who, email, plan in (
        (REGULAR, "ada@example.org", Plan.UNLIMITED),
        (NEWCOMER, "grace@example.org", Plan.FREE),
        (TROUBLED, "alan@example.org", Plan.FREE),
    ):
        stage.people[who] = join(server, email, plan=plan)
    for who in (REGULAR, TROUBLED):
        stage.keys[who] = set_up(server, stage.people[who])
    _months_ago(stage)
    _acts(stage)
    for event in EVENTS:
        stage.events[REGULAR] = stage.send(REGULAR, *event)
    _wait_until(stage, browser, REGULAR, "DELIVERED")
    _trouble(stage, browser)
    return stage


def _months_ago(stage: Stage) -> None:
    """Let the regular's account have a past, and categories beyond the first three."""
    database, now = _database(stage), datetime.now(UTC)
    account_id = stage.people[REGULAR].account_id
    with database.transaction() as connection:
        seed_events(connection, SEEDED, now)
        add_category(connection, account_id, "signup", 0x2F9E44, "🎉", now)
        add_category(connection, account_id, QUIET, 0x7048E8, "📰", now)
    database.close()


def _acts(stage: Stage) -> None:
    """What stands in the log of the regular's account, and in the instance's."""
    database, now = _database(stage), datetime.now(UTC)
    account_id, ada = stage.people[REGULAR].account_id, Actor("ada@example.org", None, "192.0.2.7")
    key = Actor(f"key {stage.keys[REGULAR][:11]}…", None, "198.51.100.20")
    acts = (
        Entry(Action.SIGNED_IN, ada, account_id, "Firefox on Linux", {"new_browser": True}),
        Entry(Action.CHANNEL_PROVED, ada, account_id, "Telegram"),
        Entry(Action.PLAN_CHANGED, COMMAND_LINE, account_id, "", {"plan": "FREE → UNLIMITED"}),
        Entry(Action.KEY_CREATED, ada, account_id, "Web shop"),
        Entry(Action.CATEGORY_CHANGED, key, account_id, "bug", {"color": "#ffeb3b → #ff6b6b"}),
        Entry(Action.CHANNEL_DIVERTED, ada, None, "Telegram", {"to": "the sandbox"}),
    )
    with database.transaction() as connection:
        for number, act in enumerate(acts):
            add_entry(connection, act, now - timedelta(hours=7 * (len(acts) - number)))
    database.close()


def _trouble(stage: Stage, browser: Browser) -> None:
    """A plan that is nearly used up, Telegram that refuses, Discord that is not set up."""
    for event in EVENTS[2:4]:
        stage.send(TROUBLED, *event)
    refuse(stage.server, "telegram", "code:bot was blocked")
    stage.events[TROUBLED] = stage.send(
        TROUBLED, "sale", "Refund for order #1031", {"amount": -80, "currency": "EUR"}
    )
    _wait_until(stage, browser, TROUBLED, "FAILED")
    database, account_id = _database(stage), stage.people[TROUBLED].account_id
    used = update(quota_usage).where(quota_usage.c.account_id == account_id).values(used=87)
    with database.transaction() as connection:
        connection.execute(used)
        set_address(
            connection,
            account_id,
            Channel.DISCORD,
            datetime.now(UTC),
            label=None,
            address=None,
            verified=False,
        )
    database.close()


def _wait_until(stage: Stage, browser: Browser, who: str, status: str) -> None:
    """Wait until the person's newest event has this status."""
    visitor = stage.visitor(browser, who)
    page = visitor.open("/feed")
    page.locator(f"[data-event={stage.events[who]}][data-status={status}]").wait_for()
    page.context.close()


def _database(stage: Stage) -> Database:
    return Database(f"sqlite:///{stage.server.data / 'pingpilot.db'}")
