"""Links: hashed, once, for a while, of their kind."""

from datetime import UTC, datetime, timedelta

import pytest

from pingpilot_app.domain.plan import Plan
from pingpilot_app.storage.accounts import open_account
from pingpilot_app.storage.links import (
    LIFETIMES,
    LinkKind,
    add_link,
    find_link,
    list_invites,
    take_link,
)
from pingpilot_app.storage.users import user_with

NOW = datetime(2026, 3, 6, tzinfo=UTC)
HASH = b"h" * 32


@pytest.fixture
def connection(database):
    with database.transaction() as connection:
        yield connection


@pytest.fixture
def ada(connection):
    open_account(connection, "ada@example.org", None, Plan.FREE, NOW)
    return user_with(connection, "ada@example.org").id


def add(connection, kind, user_id, digest=HASH, address="ada@example.org"):
    add_link(connection, kind, digest, NOW, address=address, user_id=user_id)


@pytest.mark.parametrize("kind", list(LinkKind))
def test_a_link_ends_with_its_time(connection, ada, kind):
    add(connection, kind, ada)
    last = NOW + LIFETIMES[kind]

    assert find_link(connection, (kind,), HASH, last - timedelta(seconds=1)) is not None
    assert take_link(connection, (kind,), HASH, last) is None


def test_a_link_is_taken_once(connection, ada):
    add(connection, LinkKind.RESET, ada)

    assert take_link(connection, (LinkKind.RESET,), HASH, NOW).user_id == ada
    assert take_link(connection, (LinkKind.RESET,), HASH, NOW) is None
    assert find_link(connection, (LinkKind.RESET,), HASH, NOW) is None


def test_a_link_of_another_kind_is_none(connection, ada):
    add(connection, LinkKind.VERIFY, ada)

    assert take_link(connection, (LinkKind.RESET,), HASH, NOW) is None
    assert take_link(connection, (LinkKind.VERIFY,), HASH, NOW) is not None


def test_the_newest_link_of_a_kind_alone_works(connection, ada):
    add(connection, LinkKind.RESET, ada)
    add(connection, LinkKind.RESET, ada, b"n" * 32)

    assert find_link(connection, (LinkKind.RESET,), HASH, NOW) is None


def test_an_operator_invites_many(connection, ada):
    for number in range(3):
        digest = bytes([number]) * 32
        add(connection, LinkKind.INVITE, ada, digest, f"eve{number}@example.org")

    assert len(list_invites(connection, NOW)) == 3
