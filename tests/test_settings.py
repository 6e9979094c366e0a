"""Settings: typed, a bad one is named, a secret is never shown."""

import os
import stat

import pytest

from pingpilot_app import settings
from pingpilot_app.settings import SettingsError, providers, secret_key


def load(**overrides):
    return settings.load(_env_file=None, **overrides)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "0"),
        ("PORT", "70000"),
        ("SANDBOX", "maybe"),
        ("SMTP_TLS", "ssl3"),
        ("LOG_LEVEL", "LOUD"),
        ("DEFAULT_PLAN", "GOLD"),
        ("SIGNUP", "closed"),
        ("PUBLIC_URL", "example.org"),
        ("PUBLIC_URL", "ftp://example.org"),
        ("SECRET_KEY", "short"),
        ("DATABASE_URL", "nonsense"),
    ],
)
def test_a_bad_value_is_refused_in_a_sentence_that_names_the_setting(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refusal:
        load()
    assert str(refusal.value).startswith(f"{name} ")


def test_a_refused_secret_is_not_repeated(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    with pytest.raises(SettingsError) as refusal:
        load()
    assert "hunter2" not in str(refusal.value)


def test_secrets_are_not_in_the_repr():
    loaded = load(discord_bot_token="tok-1", smtp_password="pass-1", secret_key="k" * 40)
    shown = repr(loaded) + repr(providers(loaded))
    assert not any(secret in shown for secret in ("tok-1", "pass-1", "k" * 40))


def test_an_empty_value_is_the_default(monkeypatch):
    monkeypatch.setenv("PORT", "")
    assert load().port == 8000


def test_the_public_address_follows_the_port(monkeypatch):
    monkeypatch.setenv("PORT", "9000")
    assert load().public_url == "http://localhost:9000"


def test_the_example_file_names_every_setting():
    from pathlib import Path

    example = (Path(__file__).resolve().parents[1] / ".env.example").read_text()
    named = {name.upper() for name in settings.Settings.model_fields} - {"PINGPILOT_ROLE"}
    assert [name for name in sorted(named) if f"#{name}=" not in example] == []


@pytest.mark.parametrize(
    ("overrides", "sandboxed"),
    [
        ({}, (True, True, True)),
        ({"discord_bot_token": "t"}, (False, True, True)),
        ({"smtp_host": "mail.example.org"}, (True, True, False)),
        ({"sandbox": "on", "discord_bot_token": "t"}, (True, True, True)),
        ({"sandbox": "off"}, (None, None, None)),
    ],
)
def test_the_sandbox_stands_in_where_nothing_is_configured(overrides, sandboxed):
    found = providers(load(**overrides))
    given = (found.discord, found.telegram, found.smtp)
    assert tuple(one.sandboxed if one else None for one in given) == sandboxed


def test_a_secret_key_is_made_once_and_kept_for_us_alone(tmp_path):
    loaded = load(data_dir=tmp_path)
    assert secret_key(loaded) == secret_key(loaded)
    mode = stat.S_IMODE(os.stat(tmp_path / "secret.key").st_mode)  # noqa: PTH116  # the mode alone
    assert mode == 0o600
