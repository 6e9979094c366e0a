"""Who belongs to an account: what always holds, whoever asks for what."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Conflict, Forbidden, Invalid, NotFound, PingPilotError
from pingpilot_app.domain.plan import Plan
from pingpilot_app.domain.role import Role
from pingpilot_app.storage import memberships
from pingpilot_app.storage.accounts import account_of, open_account
from pingpilot_app.storage.joining import Offer, invite, list_open
from pingpilot_app.storage.notices import owner_emails
from pingpilot_app.storage.sessions import add_session, find_session
from pingpilot_app.storage.tables import destinations
from pingpilot_app.storage.users import add_user, user_with

NOW = datetime(2026, 3, 6, tzinfo=UTC)
HASH = b"s" * 32
OWNER, ADMIN, MEMBER, VIEWER = Role


@pytest.fixture
def connection(database):
    with database.transaction() as connection:
        yield connection


@pytest.fixture
def team(connection):
    """An account with one of each role, and an outsider with an account of his own."""
    account_id = open_account(connection, "owner@example.org", None, Plan.FREE, NOW)
    for role in (ADMIN, MEMBER, VIEWER):
        user_id = add_user(connection, f"{role.value}@example.org", None, NOW)
        memberships.add_member(connection, account_id, user_id, role, NOW)
    open_account(connection, "outsider@example.org", None, Plan.FREE, NOW)
    return account_id


def who(connection, name):
    return user_with(connection, f"{name}@example.org").id


def second(connection, team, role):
    """Add one more of a role and return the id."""
    user_id = add_user(connection, f"second-{role.value}@example.org", None, NOW)
    memberships.add_member(connection, team, user_id, role, NOW)
    return user_id


# by, whom, to: None where it is done.
CHANGES = [
    ("owner", ADMIN, OWNER, None),
    ("owner", OWNER, VIEWER, None),
    ("owner", MEMBER, ADMIN, None),
    ("admin", MEMBER, ADMIN, None),
    ("admin", ADMIN, VIEWER, None),
    ("admin", VIEWER, MEMBER, None),
    ("admin", MEMBER, OWNER, Forbidden),
    ("admin", OWNER, MEMBER, Forbidden),
    ("member", VIEWER, MEMBER, Forbidden),
    ("viewer", MEMBER, VIEWER, Forbidden),
    ("outsider", MEMBER, VIEWER, Forbidden),
]


@pytest.mark.parametrize(("by", "before", "after", "refused"), CHANGES)
def test_who_changes_whose_role_to_what(connection, team, by, before, after, refused):
    user_id = second(connection, team, before)
    given = (connection, team, who(connection, by), user_id, after)

    if refused is None:
        assert memberships.change_role(*given) is before
    else:
        with pytest.raises(refused):
            memberships.change_role(*given)
    assert memberships.role_in(connection, team, user_id) is (before if refused else after)


REMOVALS = [
    ("owner", OWNER, None),
    ("owner", ADMIN, None),
    ("admin", ADMIN, None),
    ("admin", VIEWER, None),
    ("admin", OWNER, Forbidden),
    ("member", VIEWER, Forbidden),
    ("viewer", VIEWER, Forbidden),
    ("outsider", MEMBER, Forbidden),
]


@pytest.mark.parametrize(("by", "role", "refused"), REMOVALS)
def test_who_removes_whom(connection, team, by, role, refused):
    user_id = second(connection, team, role)
    given = (connection, team, who(connection, by), user_id, NOW)

    if refused is None:
        memberships.remove_member(*given)
    else:
        with pytest.raises(refused):
            memberships.remove_member(*given)
    assert memberships.role_in(connection, team, user_id) is (role if refused else None)


@pytest.mark.parametrize(
    "act",
    [
        lambda c, team, me: memberships.change_role(c, team, me, me, ADMIN),
        lambda c, team, me: memberships.change_role(c, team, None, me, ADMIN),
        lambda c, team, me: memberships.remove_member(c, team, None, me, NOW),
        lambda c, team, me: memberships.leave(c, team, me, NOW),
    ],
)
def test_an_account_always_has_an_owner(connection, team, act):
    with pytest.raises(Conflict, match="always has an owner"):
        act(connection, team, who(connection, "owner"))

    assert memberships.role_in(connection, team, who(connection, "owner")) is OWNER


def test_the_last_owner_leaves_once_there_is_another(connection, team):
    memberships.change_role(connection, team, None, who(connection, "viewer"), OWNER)
    memberships.leave(connection, team, who(connection, "owner"), NOW)

    assert [one.email for one in memberships.list_members(connection, team)] == [
        *("viewer@example.org", "admin@example.org", "member@example.org"),
    ]


def test_nobody_removes_themselves(connection, team):
    me = who(connection, "admin")
    with pytest.raises(Invalid, match="Leave the account"):
        memberships.remove_member(connection, team, me, me, NOW)


@pytest.mark.parametrize("name", ["admin", "member", "viewer", "outsider"])
def test_only_an_owner_hands_over(connection, team, name):
    with pytest.raises(Forbidden):
        memberships.hand_over(connection, team, who(connection, name), who(connection, "member"))


def test_who_hands_over_is_an_admin_then(connection, team):
    old, new = who(connection, "owner"), who(connection, "member")
    memberships.hand_over(connection, team, old, new)

    assert memberships.role_in(connection, team, old) is ADMIN
    assert memberships.role_in(connection, team, new) is OWNER
    assert account_of(connection, "member@example.org") == team


def test_nothing_is_handed_to_an_outsider(connection, team):
    owner, outsider = who(connection, "owner"), who(connection, "outsider")
    for act in (
        lambda: memberships.hand_over(connection, team, owner, outsider),
        lambda: memberships.change_role(connection, team, owner, outsider, ADMIN),
        lambda: memberships.remove_member(connection, team, owner, outsider, NOW),
        lambda: memberships.leave(connection, team, outsider, NOW),
    ):
        with pytest.raises(NotFound):
            act()


def test_who_is_removed_is_signed_out(connection, team):
    member = who(connection, "member")
    add_session(connection, HASH, member, NOW)
    memberships.remove_member(connection, team, None, member, NOW)

    assert find_session(connection, HASH, NOW) is None
    with pytest.raises(NotFound):
        add_session(connection, b"t" * 32, member, NOW)


def test_who_is_removed_goes_on_in_another_account(connection, team):
    outsider = who(connection, "outsider")
    own = account_of(connection, "outsider@example.org")
    memberships.add_member(connection, team, outsider, MEMBER, NOW)
    add_session(connection, HASH, outsider, NOW)
    memberships.switch_account(connection, HASH, outsider, team, NOW)
    assert find_session(connection, HASH, NOW).role is MEMBER

    memberships.remove_member(connection, team, who(connection, "admin"), outsider, NOW)

    assert find_session(connection, HASH, NOW).account_id == own


def test_own_destinations_go_with_who_leaves(connection, team):
    member = who(connection, "member")
    connection.execute(
        insert(destinations).values(
            id="dst_own",
            account_id=team,
            user_id=member,
            channel=Channel.EMAIL,
            enabled=True,
            label="member@example.org",
            address="member@example.org",
            verified_at=NOW,
            state={},
            updated_at=NOW,
        )
    )
    memberships.leave(connection, team, member, NOW)

    own = connection.execute(select(destinations).where(destinations.c.id == "dst_own")).one()
    assert (own.enabled, own.label, own.address, own.verified_at) == (False, None, None, None)


def open_invites(connection, team):
    return [one.address for one in list_open(connection, team, NOW)]


def add_invite(connection, team, by, address=""):
    offer = Offer(team, who(connection, by), MEMBER, address)
    invite(connection, offer, address.encode().ljust(32, b"x"), NOW)


def test_with_who_may_invite_no_longer_go_their_invites(connection, team):
    add_invite(connection, team, "admin", "eve@example.org")
    add_invite(connection, team, "owner", "mallory@example.org")
    memberships.change_role(connection, team, None, who(connection, "admin"), MEMBER)

    assert open_invites(connection, team) == ["mallory@example.org"]


def test_who_is_removed_cannot_come_back_by_the_link_for_anybody(connection, team):
    add_invite(connection, team, "owner")
    add_invite(connection, team, "owner", "eve@example.org")
    memberships.remove_member(connection, team, None, who(connection, "viewer"), NOW)

    assert open_invites(connection, team) == ["eve@example.org"]


def test_signing_in_leads_to_the_account_used_last_else_to_the_own(connection, team):
    outsider = who(connection, "outsider")
    own = account_of(connection, "outsider@example.org")
    memberships.add_member(connection, team, outsider, VIEWER, NOW - timedelta(days=1))
    assert add_session(connection, HASH, outsider, NOW) == own

    memberships.switch_account(connection, HASH, outsider, team, NOW)
    assert add_session(connection, b"2" * 32, outsider, NOW) == team

    memberships.switch_account(connection, HASH, outsider, own, NOW + timedelta(seconds=1))
    assert add_session(connection, b"3" * 32, outsider, NOW) == own


def test_nobody_turns_to_an_account_of_others(connection, team):
    outsider = who(connection, "outsider")
    add_session(connection, HASH, outsider, NOW)
    with pytest.raises(PingPilotError):
        memberships.switch_account(connection, HASH, outsider, team, NOW)

    assert find_session(connection, HASH, NOW).account_id != team


def test_all_owners_can_be_told(connection, team):
    memberships.change_role(connection, team, None, who(connection, "viewer"), OWNER)

    assert set(owner_emails(connection, team)) == {"owner@example.org", "viewer@example.org"}
