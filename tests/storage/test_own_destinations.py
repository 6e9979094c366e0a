"""Members' own destinations, and what they want there."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.plan import Plan
from pingpilot_app.domain.role import Role
from pingpilot_app.domain.severity import Severity
from pingpilot_app.storage.accounts import open_account
from pingpilot_app.storage.categories import add_category, list_categories
from pingpilot_app.storage.database import Database
from pingpilot_app.storage.destinations import (
    get_destination,
    list_destinations,
    list_switched_on,
    mark_broken,
    set_address,
    set_enabled,
)
from pingpilot_app.storage.export import account_parts
from pingpilot_app.storage.own_destinations import (
    Wishes,
    forget_own,
    list_own,
    list_wanted,
    make_own,
    set_wishes,
    wishes_of,
)
from pingpilot_app.storage.proof import prove, reclaim
from pingpilot_app.storage.tables import memberships, users
from pingpilot_app.storage.users import add_user

NOW = datetime(2026, 3, 6, tzinfo=UTC)
DISCORD_ID = "223456789012345678"


class Team:
    """An account, and Bob, who is a member of it."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.account = open_account(connection, "ann@example.org", None, Plan.PRO, NOW)
        self.bob = self.join("bob@example.org")

    def join(self, email: str, role: Role = Role.MEMBER, *, proven: bool = True) -> str:
        user_id = add_user(self.connection, email, None, NOW, proven=proven)
        membership = {"account_id": self.account, "user_id": user_id, "role": role}
        self.connection.execute(insert(memberships).values(**membership, created_at=NOW))
        return user_id

    def link(self, user_id: str, *, verified: bool = True, enabled: bool = True) -> None:
        whose = self.connection, self.account
        make_own(*whose, user_id, NOW)
        where = {"label": DISCORD_ID, "address": DISCORD_ID, "verified": verified}
        set_address(*whose, Channel.DISCORD, NOW, **where, user_id=user_id)
        set_enabled(*whose, Channel.DISCORD, enabled, NOW, user_id=user_id)

    def wanted(self) -> list[str | None]:
        return [one.destination.user_id for one in list_wanted(self.connection, self.account)]


@pytest.fixture
def team(database: Database) -> Any:
    with database.write_engine.begin() as connection:
        yield Team(connection)


def test_all_are_off_at_first_and_email_is_where_they_sign_in(team: Team) -> None:
    make_own(team.connection, team.account, team.bob, NOW)
    make_own(team.connection, team.account, team.bob, NOW)  # once is enough
    found = list_destinations(team.connection, team.account, team.bob)
    assert [one.channel for one in found] == list(Channel)
    assert not any(one.enabled for one in found)
    assert [one.label for one in found] == [None, None, "bob@example.org"]
    assert [one.ready for one in found] == [False, False, True]


def test_what_has_no_row_yet_is_shown_as_it_will_be(team: Team) -> None:
    before = list_own(team.connection, team.account, team.bob)
    make_own(team.connection, team.account, team.bob, NOW)
    after = list_own(team.connection, team.account, team.bob)
    assert [one.id for one in before] == ["", "", ""]
    assert [(one.label, one.ready) for one in before] == [(one.label, one.ready) for one in after]


def test_a_login_address_that_is_not_proved_has_to_be(team: Team) -> None:
    carl = team.join("carl@example.org", proven=False)
    make_own(team.connection, team.account, carl, NOW)
    email = get_destination(team.connection, team.account, Channel.EMAIL, carl)
    assert not email.ready
    assert prove(team.connection, carl, "carl@example.org", NOW) == [team.account]
    assert get_destination(team.connection, team.account, Channel.EMAIL, carl).ready


def test_who_takes_a_login_back_finds_no_strangers_chats(team: Team) -> None:
    carl = team.join("carl@example.org", proven=False)
    team.link(carl)
    reclaim(team.connection, carl, NOW)
    assert get_destination(team.connection, team.account, Channel.DISCORD, carl).label is None


def test_the_accounts_own_stay_as_they_are(team: Team) -> None:
    before = list_destinations(team.connection, team.account)
    team.link(team.bob)
    assert list_destinations(team.connection, team.account) == before
    assert {one.user_id for _, one in list_switched_on(team.connection)} == {None}
    assert len(account_parts(team.connection, team.account)["destinations"]) == len(Channel)


def test_what_works_and_is_on_is_wanted(team: Team) -> None:
    assert team.wanted() == []
    team.link(team.bob)
    assert team.wanted() == [team.bob]


@pytest.mark.parametrize("state", [{"enabled": False}, {"verified": False}])
def test_what_is_off_or_unproved_is_not(team: Team, state: dict[str, bool]) -> None:
    team.link(team.bob, **state)
    assert team.wanted() == []


def test_what_is_broken_is_not(team: Team) -> None:
    team.link(team.bob)
    own = get_destination(team.connection, team.account, Channel.DISCORD, team.bob)
    mark_broken(team.connection, own.id, own.address, Failure.DM_CLOSED, "no", NOW)
    assert team.wanted() == []


@pytest.mark.parametrize("role", list(Role))
def test_who_only_looks_wants_nothing(team: Team, role: Role) -> None:
    team.link(team.bob)
    team.connection.execute(
        update(memberships).where(memberships.c.user_id == team.bob).values(role=role)
    )
    assert team.wanted() == ([] if role is Role.VIEWER else [team.bob])


def test_who_is_removed_wants_nothing(team: Team) -> None:
    team.link(team.bob)
    team.connection.execute(delete(memberships).where(memberships.c.user_id == team.bob))
    assert team.wanted() == []


def test_who_has_no_login_any_more_has_no_destinations(team: Team) -> None:
    team.link(team.bob)
    team.connection.execute(delete(users).where(users.c.id == team.bob))
    assert list_destinations(team.connection, team.account, team.bob) == []


def test_what_is_forgotten_is_off_and_has_no_address(team: Team) -> None:
    team.link(team.bob)
    forget_own(team.connection, team.account, team.bob, NOW)
    found = list_destinations(team.connection, team.account, team.bob)
    assert {(one.enabled, one.label, one.address) for one in found} == {(False, None, None)}


def test_all_is_wanted_until_something_is_chosen(team: Team) -> None:
    assert wishes_of(team.connection, team.account, team.bob) == Wishes()
    assert Wishes().match("cat_1", Severity.NONE)


def test_what_was_chosen_is_kept_without_categories_of_others(team: Team) -> None:
    add_category(team.connection, team.account, "bug", 1, None, NOW)
    [bug] = list_categories(team.connection, team.account)
    chosen = Wishes(frozenset({bug.id, "cat_other"}), frozenset({Severity.HIGH}))
    set_wishes(team.connection, team.account, team.bob, chosen)
    kept = wishes_of(team.connection, team.account, team.bob)
    assert kept == Wishes(frozenset({bug.id}), frozenset({Severity.HIGH}))
    set_wishes(team.connection, team.account, team.bob, Wishes())
    assert wishes_of(team.connection, team.account, team.bob) == Wishes()


@pytest.mark.parametrize(
    ("wishes", "matches"),
    [
        (Wishes(frozenset({"cat_bug"})), True),
        (Wishes(frozenset({"cat_sale"})), False),
        (Wishes(frozenset()), False),
        (Wishes(None, frozenset({Severity.HIGH, Severity.LOW})), True),
        (Wishes(None, frozenset({Severity.NONE})), False),
        (Wishes(frozenset({"cat_bug"}), frozenset({Severity.CRITICAL})), False),
    ],
)
def test_both_have_to_match(wishes: Wishes, matches: bool) -> None:
    assert wishes.match("cat_bug", Severity.HIGH) is matches
