"""Whether those have a second factor who must have one."""

from collections.abc import Iterator

from sqlalchemy import Connection

from pingpilot_app.commands.doctor.finding import Finding, note, ok
from pingpilot_app.settings import SecondFactor, Settings
from pingpilot_app.storage import migrations
from pingpilot_app.storage.second_factor import count_without

PART = "second factor"


def look(configured: Settings, connection: Connection) -> Iterator[Finding]:
    """Tell how many people of whom one is demanded have none yet."""
    rule = configured.second_factor
    if rule is SecondFactor.OPTIONAL or not migrations.level(connection).fits:
        return
    operators_only = rule is SecondFactor.OPERATORS
    lacking = count_without(connection, operators_only=operators_only)
    who = "operator" if operators_only else "person"
    if not lacking:
        yield ok(PART, f"Every {who} has one, as SECOND_FACTOR={rule.value} demands.")
        return
    people = f"1 {who} has" if lacking == 1 else f"{lacking:,} {_many(who)} have"
    yield note(
        PART,
        f"{people} none yet, and will be led through its set-up, since SECOND_FACTOR={rule.value} "
        "demands one. Until then whoever knows the password alone could do it.",
    )


def _many(who: str) -> str:
    return "people" if who == "person" else f"{who}s"
