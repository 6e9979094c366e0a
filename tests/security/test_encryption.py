"""What the database holds is of no use without the key, which lies elsewhere."""

import asyncio
import shutil
import sqlite3
import stat
import threading
from contextlib import closing
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from pingpilot_app.__main__ import main
from pingpilot_app.delivery.accept import usable_destinations
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.audit import COMMAND_LINE, Action
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.plan import Plan
from pingpilot_app.settings import SettingsError
from pingpilot_app.storage import migrations, sealing
from pingpilot_app.storage.accounts import open_account
from pingpilot_app.storage.audit import list_entries
from pingpilot_app.storage.configuration import load_configuration
from pingpilot_app.storage.database import Database, open_database
from pingpilot_app.storage.destinations import (
    get_destination,
    keep_news,
    mark_broken,
    set_address,
)
from pingpilot_app.storage.export import account_parts
from pingpilot_app.storage.tables import destinations, second_factors, users
from pingpilot_app.storage.vault import (
    PREFIX,
    KeyLost,
    Vault,
    new_key,
    read_keys,
    write_keys,
)

CHAT = "7734002211"
DM_CHANNEL = "998877665544332211"
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOW = datetime(2026, 5, 1, tzinfo=UTC)
SECRETS = (CHAT, DM_CHANNEL, TOTP)


def fill(database, email="ada@example.org"):
    """Open an account with a chat, a DM channel and a second factor; return its id."""
    with database.transaction() as connection:
        account_id = open_account(connection, email, None, Plan.UNLIMITED, NOW)
        for channel, address in ((Channel.TELEGRAM, CHAT), (Channel.DISCORD, "1" * 17)):
            set_address(
                connection, account_id, channel, NOW, label="ada", address=address, verified=True
            )
        discord = get_destination(connection, account_id, Channel.DISCORD)
        keep_news(connection, discord.id, discord.address, {"dm_channel_id": DM_CHANNEL})
        user_id = connection.execute(select(users.c.id).where(users.c.email == email)).scalar_one()
        connection.execute(
            second_factors.insert().values(
                user_id=user_id, secret=TOTP, last_step=0, created_at=NOW
            )
        )
    return account_id


def telegram(database, account_id):
    with database.read_engine.connect() as connection:
        return get_destination(connection, account_id, Channel.TELEGRAM)


def factor(database):
    with database.read_engine.connect() as connection:
        return connection.execute(select(second_factors.c.secret)).scalar_one()


def written(data_dir):
    """Return every byte of the database, with its WAL."""
    return b"".join(file.read_bytes() for file in sorted(data_dir.glob("pingpilot.db*")))


def stored(data_dir, query="SELECT address FROM destination WHERE address IS NOT NULL"):
    """Return values as they lie in the database."""
    with closing(sqlite3.connect(data_dir / "pingpilot.db")) as raw:
        return [value for (value,) in raw.execute(query)]


@pytest.fixture
def account_id(database):
    return fill(database)


@pytest.fixture
def older(data_dir, database, account_id):
    """The same as a version without encryption wrote it, closed and folded."""
    with database.transaction() as connection:
        sealing.unseal_all(connection)
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = version_num")
    database.close()
    assert all(secret.encode() in written(data_dir) for secret in SECRETS)
    return data_dir


@pytest.fixture
def rotate(data_dir, monkeypatch):
    """Runs the command on the data directory."""
    monkeypatch.setenv("DATA_DIR", str(data_dir))
    monkeypatch.chdir(data_dir)

    def rotate(*options, code=0):
        result = CliRunner().invoke(main, ["encryption", "rotate", *options])
        assert result.exit_code == code, result.output
        return result.output

    return rotate


# At rest


@pytest.mark.parametrize("secret", SECRETS)
def test_no_byte_of_the_database_shows_a_secret(data_dir, account_id, secret):
    assert (data_dir / "pingpilot.db-wal").stat().st_size > 0  # it was looked at, too
    assert secret.encode() not in written(data_dir)


def test_what_is_read_is_what_was_written(database, account_id):
    assert telegram(database, account_id).address == CHAT
    assert factor(database) == TOTP
    with database.read_engine.connect() as connection:
        found = get_destination(connection, account_id, Channel.DISCORD)
        exported = account_parts(connection, account_id)
    assert found.state == {"dm_channel_id": DM_CHANNEL}
    assert CHAT in [one["address"] for one in exported["destinations"]]


def test_the_key_is_readable_by_its_owner_alone(data_dir, account_id):
    assert stat.S_IMODE((data_dir / "encryption.keys").stat().st_mode) == 0o600


def test_the_same_text_never_looks_the_same(data_dir, database):
    for number in range(3):
        fill(database, f"p{number}@example.org")
    assert len(set(stored(data_dir))) == len(stored(data_dir)) == 9


@pytest.mark.parametrize("compare", [lambda c: c == CHAT, lambda c: c.in_([CHAT]), lambda c: c > 1])
def test_a_query_that_would_compare_ciphertext_is_refused(compare):
    with pytest.raises(TypeError, match="encrypted"):
        compare(destinations.c.address)


def test_a_secret_moved_to_another_column_does_not_open(database, account_id):
    """Whoever can write to the database gets no second factor shown as an address."""
    with database.transaction() as connection:
        connection.exec_driver_sql(
            "UPDATE destination SET address = (SELECT secret FROM second_factor) "
            "WHERE channel = 'telegram'"
        )
    assert telegram(database, account_id).address is None
    with database.read_engine.connect() as connection:
        assert TOTP not in str(account_parts(connection, account_id))


@pytest.mark.parametrize("damaged", [f"{PREFIX}", f"{PREFIX}gAAAA", f"{PREFIX}é", f"{PREFIX}=="])
def test_what_is_damaged_is_lost_and_no_fault(database, account_id, damaged):
    with database.transaction() as connection:
        connection.exec_driver_sql("UPDATE destination SET address = ?", (damaged,))
    assert telegram(database, account_id).address is None


def test_every_encrypted_column_is_bound_to_its_own_place():
    for column in sealing.sealed_columns():
        assert column.type.place == f"{column.table.name}.{column.name}"


# What used to compare in SQL


def test_news_of_an_address_that_was_replaced_are_dropped(database, account_id):
    with database.transaction() as connection:
        one = get_destination(connection, account_id, Channel.TELEGRAM)
        keep_news(connection, one.id, "another", {"a": "b"}, "-100")
        assert get_destination(connection, account_id, Channel.TELEGRAM) == one
        keep_news(connection, one.id, CHAT, None, "-100")
        assert get_destination(connection, account_id, Channel.TELEGRAM).address == "-100"


def test_only_the_address_that_failed_is_broken(database, account_id):
    with database.transaction() as connection:
        one = get_destination(connection, account_id, Channel.TELEGRAM)
        words = (Failure.BOT_BLOCKED, "blocked", NOW)
        assert mark_broken(connection, one.id, "another", *words) is None
        assert mark_broken(connection, one.id, CHAT, *words) == "ada"


# Databases of older versions


def test_what_an_older_version_wrote_is_read_and_then_encrypted(older, account_id):
    database = Database(f"sqlite:///{older / 'pingpilot.db'}")
    assert telegram(database, account_id).address == CHAT
    migrations.upgrade(database)
    assert not any(secret.encode() in written(older) for secret in SECRETS)
    assert (telegram(database, account_id).address, factor(database)) == (CHAT, TOTP)
    before = stored(older)
    assert sealing.seal_all(database) == 0
    assert stored(older) == before
    database.close()


def test_the_schema_before_encryption_is_migrated_without_a_trace(data_dir, database, account_id):
    migrations.downgrade(database, "0006")
    assert CHAT in stored(data_dir)
    migrations.upgrade(database)
    assert telegram(database, account_id).address == CHAT
    assert all(value.startswith(PREFIX) for value in stored(data_dir))
    assert CHAT.encode() not in written(data_dir)


def test_an_encryption_that_was_interrupted_is_finished(older, account_id):
    database = Database(f"sqlite:///{older / 'pingpilot.db'}")
    with database.transaction() as connection:  # one of two, as after a crash between batches
        one = get_destination(connection, account_id, Channel.TELEGRAM)
        change = update(destinations).where(destinations.c.id == one.id)
        connection.execute(change.values(address=CHAT))
    assert {value.startswith(PREFIX) for value in stored(older)} == {True, False}
    migrations.upgrade(database)
    assert all(value.startswith(PREFIX) for value in stored(older))
    assert telegram(database, account_id).address == CHAT
    database.close()


# Keys


def test_the_keys_of_the_settings_come_before_those_of_the_file(tmp_path):
    file, first, second = tmp_path / "encryption.keys", new_key(), new_key()
    by_file = Vault(file).seal("here", CHAT)
    vault = Vault(file, (first, second))
    assert vault.open("here", by_file) == CHAT
    assert vault.is_current(vault.seal("here", CHAT))
    assert Vault(None, (first,)).open("here", vault.seal("here", CHAT)) == CHAT


def test_processes_that_start_together_agree_on_one_key(tmp_path):
    file, sealed = tmp_path / "encryption.keys", list[str]()
    vaults = [Vault(file) for _ in range(8)]
    threads = [
        threading.Thread(target=lambda vault=vault: sealed.append(vault.seal("here", CHAT)))
        for vault in vaults
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_keys(file)) == 1
    assert {Vault(file).open("here", one) for one in sealed} == {CHAT}


@pytest.mark.parametrize("keys", ["short", f"{new_key().decode()},", "é" * 44])
def test_a_setting_that_is_no_key_is_named_and_not_shown(make_settings, keys):
    with pytest.raises(SettingsError, match="ENCRYPTION_KEYS is not usable") as refusal:
        make_settings(encryption_keys=keys)
    assert keys not in str(refusal.value)


async def test_a_damaged_key_file_stops_the_start_with_a_sentence(data_dir, make_settings):
    (data_dir / "encryption.keys").write_text("this is no key")
    with pytest.raises(SettingsError, match=r"encryption\.keys holds a line that is no key"):
        await Instance(make_settings()).start()


async def test_no_keys_at_all_are_needed_to_read_plain_text(tmp_path):
    assert Vault(tmp_path / "none").open("here", "plain") == "plain"
    assert not (tmp_path / "none").exists()


# A lost key


@pytest.fixture
def without_key(data_dir, database, account_id):
    """The database on a machine that has another key."""
    write_keys(data_dir / "encryption.keys", [new_key()])
    other = Database(f"sqlite:///{data_dir / 'pingpilot.db'}")
    yield other
    other.close()


def test_without_its_key_a_channel_is_broken_and_says_why(without_key, account_id):
    found = telegram(without_key, account_id)
    assert (found.address, found.obstacle) == (None, Failure.KEY_LOST)
    assert "decrypted" in found.broken_reason
    with without_key.read_engine.connect() as connection:
        account = load_configuration(connection, account_id, NOW)
    assert len(usable_destinations(account)) == 3  # events are stored, not refused


def test_without_its_key_no_second_factor_lets_anybody_in(without_key):
    with pytest.raises(KeyLost, match="ENCRYPTION_KEYS"):
        factor(without_key)


def test_a_channel_that_is_set_again_works_with_the_new_key(without_key, account_id):
    with without_key.transaction() as connection:
        set_address(
            connection, account_id, Channel.TELEGRAM, NOW, label="ada", address="42", verified=True
        )
    assert telegram(without_key, account_id).obstacle is None


def test_a_key_that_is_put_back_mends_all(data_dir, without_key, database, account_id):
    file = data_dir / "encryption.keys"
    assert telegram(without_key, account_id).address is None
    write_keys(file, [*read_keys(file), database.vault.keys[0]])
    assert telegram(without_key, account_id).address == CHAT


async def test_the_server_starts_without_the_key_and_says_so(
    data_dir, account_id, make_settings, caplog
):
    write_keys(data_dir / "encryption.keys", [new_key()])
    instance = Instance(make_settings())
    await instance.start()
    await instance.stop()
    assert any("ENCRYPTION_KEYS" in words for words in caplog.messages)


# Rotation


def test_a_rotation_leaves_one_new_key_and_is_written_down(data_dir, database, account_id, rotate):
    file = data_dir / "encryption.keys"
    (old,), before = read_keys(file), stored(data_dir)
    shown = rotate()
    (new,) = read_keys(file)
    assert new != old
    assert old.decode() not in shown
    assert new.decode() not in shown
    assert not set(before) & set(stored(data_dir))
    assert not any(value.encode() in written(data_dir) for value in before)
    with database.read_engine.connect() as connection:
        (entry,) = list_entries(connection, None)
    assert (entry.action, entry.actor) == (Action.ENCRYPTION_ROTATED, COMMAND_LINE.name)
    assert telegram(database, account_id).address == CHAT  # by a process that knew the old key
    assert Vault(None, (old,)).open("here", "plain") == "plain"


def test_the_old_keys_can_be_kept(data_dir, account_id, rotate):
    (old,) = read_keys(data_dir / "encryption.keys")
    rotate("--keep-old")
    assert read_keys(data_dir / "encryption.keys")[1:] == (old,)


@pytest.mark.parametrize("batches", [0, 1, 2])
def test_a_rotation_that_died_is_finished_by_the_next(
    data_dir, database, account_id, rotate, batches
):
    """Killed after the new key was written and some batches were committed."""
    file = data_dir / "encryption.keys"
    write_keys(file, [new_key(), *read_keys(file)])
    half = Database(f"sqlite:///{data_dir / 'pingpilot.db'}")
    with half.transaction() as connection:
        for channel in list(Channel)[:batches]:
            one = get_destination(connection, account_id, channel)
            change = update(destinations).where(destinations.c.id == one.id)
            connection.execute(change.values(address=one.address))
    half.close()
    assert telegram(database, account_id).address == CHAT
    rotate()
    assert len(read_keys(file)) == 1
    assert telegram(database, account_id).address == CHAT
    assert factor(database) == TOTP


def test_the_keys_of_the_setting_are_not_touched(
    data_dir, database, account_id, rotate, monkeypatch
):
    (old,), new = read_keys(data_dir / "encryption.keys"), new_key()
    monkeypatch.setenv("ENCRYPTION_KEYS", f"{new.decode()},{old.decode()}")
    shown = rotate("--yes")
    assert "may be removed" in shown
    assert read_keys(data_dir / "encryption.keys") == (old,)
    alone = Database(f"sqlite:///{data_dir / 'pingpilot.db'}", Vault(None, (new,)))
    assert (telegram(alone, account_id).address, factor(alone)) == (CHAT, TOTP)
    alone.close()


async def test_a_running_server_writes_and_reads_through_a_rotation(
    data_dir, instance, open_tenant, rotate
):
    tenant = await open_tenant()
    done = asyncio.Event()

    async def write_on() -> int:
        count = 0
        while not done.is_set() or count < 3:
            count += 1
            now, run = datetime.now(UTC), instance.writer.run
            chat = {"label": "ada", "address": str(count), "verified": True}
            channel = Channel.TELEGRAM
            await run(tenant.account_id, set_address, tenant.account_id, channel, now, **chat)
            account = await instance.cache.configuration(tenant.account_id, now)
            assert str(count) in [one.address for one in account.destinations]
        return count

    writing = asyncio.create_task(write_on())
    for _ in range(3):
        await asyncio.to_thread(rotate)
    done.set()
    count = await writing
    fresh = open_database(instance.settings)  # it knows the newest key alone
    assert telegram(fresh, tenant.account_id).address == str(count)
    with fresh.read_engine.connect() as connection:
        assert sealing.count_lost(connection) == 0
    fresh.close()


def test_what_no_key_opens_stays_and_is_told(data_dir, without_key, account_id, rotate):
    before = stored(data_dir)
    assert "could not be read" in rotate()
    assert stored(data_dir) == before


# Backups


def test_a_backup_says_what_to_keep_apart_and_holds_no_key(data_dir, account_id, rotate, tmp_path):
    copy = tmp_path / "copy.db"
    result = CliRunner().invoke(main, ["backup", str(copy)])
    assert "encryption.keys" in result.output
    (key,) = read_keys(data_dir / "encryption.keys")
    assert key not in copy.read_bytes()
    assert CHAT.encode() not in copy.read_bytes()


def test_a_restore_without_the_key_says_so(data_dir, account_id, rotate, tmp_path, monkeypatch):
    copy, elsewhere = tmp_path / "copy.db", tmp_path / "elsewhere"
    CliRunner().invoke(main, ["backup", str(copy)])
    elsewhere.mkdir()
    monkeypatch.setenv("DATA_DIR", str(elsewhere))
    result = CliRunner().invoke(main, ["restore", str(copy)])
    assert result.exit_code == 0
    assert "cannot be read with the keys that are here" in result.output
    shutil.copy(data_dir / "encryption.keys", elsewhere)
    result = CliRunner().invoke(main, ["restore", str(copy)])
    assert "cannot be read" not in result.output


def test_the_doctor_says_which_key_is_missing(data_dir, account_id, rotate):
    sound = CliRunner().invoke(main, ["doctor", "--offline"]).output
    assert "The keys open everything" in sound
    write_keys(data_dir / "encryption.keys", [new_key()])
    ill = CliRunner().invoke(main, ["doctor", "--offline"])
    assert ill.exit_code == 1
    assert "encrypted values cannot be read" in ill.output
