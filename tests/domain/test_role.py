"""The table of rights."""

import itertools

import pytest

from pingpilot_app.domain.api_key import Scope
from pingpilot_app.domain.role import RIGHTS, SCOPE_RIGHTS, Right, Role, allows, refusal_of

TABLE = {  # right: who has it, as docs/teams.md tells people
    Right.LOOK: "owner admin member viewer",
    Right.RESPOND: "owner admin member",
    Right.RESEND: "owner admin member",
    Right.OWN_CHANNELS: "owner admin member",
    Right.EXPORT: "owner admin member",
    Right.CATEGORIES: "owner admin",
    Right.CHANNELS: "owner admin",
    Right.KEYS: "owner admin",
    Right.WALLS: "owner admin",
    Right.TEAM: "owner admin",
    Right.ACTIVITY: "owner admin",
    Right.SETTINGS: "owner admin",
    Right.ACCOUNT: "owner",
}


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("role", Role)
def test_who_may_do_what(role, right):
    assert allows(role, right) is (role.value in TABLE[right].split())


def test_a_mightier_role_may_all_that_a_lesser_one_may():
    mightiest_first = [RIGHTS[role] for role in Role]
    assert all(less < more for more, less in itertools.pairwise(mightiest_first))


def test_every_scope_of_a_key_is_within_the_table():
    assert set(SCOPE_RIGHTS) == set(Scope)


def test_a_refusal_says_who_may():
    assert refusal_of(Right.ACCOUNT) == "Only owners of this account may do this."
    assert refusal_of(Right.KEYS) == "Only owners and admins of this account may do this."
    assert "owners, admins and members" in refusal_of(Right.RESPOND)
