"""API keys are recognised by their form."""

import pytest

from pingpilot_app.domain.api_key import hash_api_key, is_well_formed, new_api_key, shown_part


def test_a_new_key_is_well_formed_and_unique():
    keys = {new_api_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(is_well_formed(key) for key in keys)


@pytest.mark.parametrize("change", [lambda k: k[:-1], lambda k: k + "0", lambda k: k.upper()])
def test_a_damaged_key_is_not(change):
    assert not is_well_formed(change(new_api_key()))


def test_a_typing_error_is_noticed():
    key = new_api_key()
    typo = key[:10] + ("a" if key[10] != "a" else "b") + key[11:]
    assert not is_well_formed(typo)


def test_the_hash_depends_on_the_pepper():
    key = new_api_key()
    assert hash_api_key(key, b"a") != hash_api_key(key, b"b")
    assert len(hash_api_key(key, b"a")) == 32


def test_the_shown_part_gives_nothing_away():
    assert len(shown_part(new_api_key())) == 11
