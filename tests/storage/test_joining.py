"""Links to join an account by: for whom, as what, how often, how long."""

from datetime import UTC, datetime, timedelta

import pytest

from pingpilot_app.domain.audit import Actor
from pingpilot_app.domain.errors import Conflict, Forbidden, Invalid, NotFound
from pingpilot_app.domain.plan import Plan
from pingpilot_app.domain.role import Role
from pingpilot_app.storage.account_removal import begin_removal
from pingpilot_app.storage.accounts import open_account
from pingpilot_app.storage.joining import (
    OPEN_MAX,
    Offer,
    find_invite,
    invite,
    invite_onwards,
    join,
    list_open,
    withdraw,
)
from pingpilot_app.storage.memberships import add_member, role_in
from pingpilot_app.storage.users import add_user, user_with

NOW = datetime(2026, 3, 6, tzinfo=UTC)
EVE = "eve@example.org"
HASH = b"h" * 32


@pytest.fixture
def connection(database):
    with database.transaction() as connection:
        yield connection


@pytest.fixture
def team(connection):
    return open_account(connection, "ada@example.org", None, Plan.FREE, NOW)


def ada(connection):
    return user_with(connection, "ada@example.org").id


def offer(connection, team, role=Role.MEMBER, address=EVE, digest=HASH):
    invite(connection, Offer(team, ada(connection), role, address), digest, NOW)


def somebody(connection, email):
    return Actor(email, add_user(connection, email, None, NOW))


def test_an_invite_is_used_once(connection, team):
    offer(connection, team, Role.ADMIN)
    eve = somebody(connection, EVE)
    join(connection, HASH, eve, NOW)

    assert role_in(connection, team, eve.user_id) is Role.ADMIN
    with pytest.raises(Invalid):
        join(connection, HASH, eve, NOW)


def test_an_invite_is_for_its_address_alone(connection, team):
    offer(connection, team)
    with pytest.raises(Invalid, match=EVE):
        join(connection, HASH, somebody(connection, "mallory@example.org"), NOW)

    assert find_invite(connection, HASH, NOW).address == EVE


def test_a_link_for_anybody_is_used_many_times(connection, team):
    offer(connection, team, Role.VIEWER, "")
    people = [somebody(connection, f"guest{number}@example.org") for number in range(3)]
    for one in people:
        join(connection, HASH, one, NOW)

    assert {role_in(connection, team, one.user_id) for one in people} == {Role.VIEWER}


def test_both_end_after_seven_days(connection, team):
    offer(connection, team)
    offer(connection, team, address="", digest=b"a" * 32)

    assert len(list_open(connection, team, NOW + timedelta(days=7, seconds=-1))) == 2
    assert list_open(connection, team, NOW + timedelta(days=7)) == []


@pytest.mark.parametrize(
    ("role", "address"), [(Role.OWNER, EVE), (Role.OWNER, ""), (Role.ADMIN, "")]
)
def test_what_a_link_never_makes_of_anybody(connection, team, role, address):
    with pytest.raises(Invalid):
        offer(connection, team, role, address)


def test_joining_again_changes_no_role(connection, team):
    eve = somebody(connection, EVE)
    offer(connection, team, Role.VIEWER)
    add_member(connection, team, eve.user_id, Role.ADMIN, NOW)
    join(connection, HASH, eve, NOW)

    assert role_in(connection, team, eve.user_id) is Role.ADMIN


def test_who_belongs_to_it_is_not_invited(connection, team):
    with pytest.raises(Conflict):
        offer(connection, team, address="ada@example.org")


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER, None])
def test_who_may_not_neither_invites_nor_withdraws(connection, team, role):
    offer(connection, team)
    bob = somebody(connection, "bob@example.org").user_id
    if role:
        add_member(connection, team, bob, role, NOW)

    with pytest.raises(Forbidden):
        invite(connection, Offer(team, bob, Role.VIEWER, "x@example.org"), b"x" * 32, NOW)
    with pytest.raises(Forbidden):
        withdraw(connection, team, bob, EVE, NOW)


def test_what_is_withdrawn_opens_nothing(connection, team):
    offer(connection, team)
    withdraw(connection, team, ada(connection), EVE, NOW)

    assert find_invite(connection, HASH, NOW) is None
    with pytest.raises(NotFound):
        withdraw(connection, team, ada(connection), EVE, NOW)


def test_so_many_invites_are_open_at_once(connection, team):
    for number in range(OPEN_MAX):
        digest = number.to_bytes(32)
        offer(connection, team, address=f"guest{number}@example.org", digest=digest)

    with pytest.raises(Conflict):
        offer(connection, team, digest=b"z" * 32)


def test_a_deleted_account_is_joined_by_nobody(connection, team):
    open_account(connection, "bob@example.org", None, Plan.FREE, NOW)
    owner = user_with(connection, "bob@example.org").id
    add_member(connection, team, owner, Role.OWNER, NOW)
    invite(connection, Offer(team, owner, Role.MEMBER, EVE), HASH, NOW)
    begin_removal(connection, team, NOW)

    assert find_invite(connection, HASH, NOW) is None


def test_who_has_the_link_for_anybody_gets_one_of_their_own(connection, team):
    offer(connection, team, Role.VIEWER, "")
    own = b"o" * 32

    assert invite_onwards(connection, HASH, own, EVE, NOW).role is Role.VIEWER
    assert find_invite(connection, own, NOW).address == EVE


def test_nobody_lowers_anothers_invite_by_the_link_for_anybody(connection, team):
    offer(connection, team, Role.ADMIN, EVE)
    offer(connection, team, Role.VIEWER, "", b"a" * 32)

    assert invite_onwards(connection, b"a" * 32, b"o" * 32, EVE, NOW).role is Role.ADMIN


def test_a_link_for_one_address_leads_no_further(connection, team):
    offer(connection, team)

    assert invite_onwards(connection, HASH, b"o" * 32, "mallory@example.org", NOW) is None
