"""Ids sort by time."""

import re
from datetime import UTC, datetime

from pingpilot_app.domain.ids import id_at, new_id


def test_an_id_is_a_prefix_and_26_characters():
    assert re.fullmatch(r"evt_[0-9a-hjkmnp-tv-z]{26}", new_id("evt"))


def test_ids_ascend_and_never_repeat():
    ids = [new_id("evt") for _ in range(20_000)]
    assert ids == sorted(set(ids))


def test_an_id_can_be_made_for_a_past_moment():
    early, late = (id_at("evt", datetime(year, 1, 1, tzinfo=UTC)) for year in (2020, 2021))
    assert early < late < new_id("evt")


def test_an_id_holds_version_and_variant_of_a_uuid7():
    value = 0
    for character in new_id("x").removeprefix("x_"):
        value = value << 5 | "0123456789abcdefghjkmnpqrstvwxyz".index(character)
    assert (value >> 76 & 0xF, value >> 62 & 0b11) == (7, 0b10)
