"""Which processes run, by the clock of the database."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from pingpilot_app.storage import processes
from pingpilot_app.storage.database import Database
from pingpilot_app.storage.processes import ProcessView
from pingpilot_app.storage.vault import KEY_FILE, Vault
from tests.conftest import driven

NOW = datetime.now(UTC)
LONG_AGO = text("UPDATE process SET seen_at = now() - interval '21 seconds' WHERE id = 'prc_1'")


@pytest.fixture
def shared(postgresql_url, data_dir):
    database = Database(driven(postgresql_url), Vault(data_dir / KEY_FILE))
    yield database
    database.close()


def worker(process_id: str = "prc_1") -> ProcessView:
    told = {"held": 0}
    return ProcessView(process_id, "worker", "alpha", 7, "1.0", "m", NOW, NOW, False, told)


def test_a_process_lives_while_it_is_seen(shared):
    with shared.transaction() as connection:
        processes.add_process(connection, worker())
        assert processes.beat(connection, "prc_1", {"held": 3}, leads=True)
        (found,) = processes.list_processes(connection)
    assert (found.vitals, found.leads) == ({"held": 3}, True)


def test_a_process_that_is_silent_is_dead(shared):
    with shared.transaction() as connection:
        processes.add_process(connection, worker())
        connection.execute(LONG_AGO)
        assert processes.list_processes(connection) == []
        assert processes.dead_processes(connection) == ["prc_1"]


def test_a_process_that_was_given_up_is_told_so(shared):
    with shared.transaction() as connection:
        processes.add_process(connection, worker())
        processes.remove_process(connection, "prc_1")
        assert not processes.beat(connection, "prc_1", {}, leads=False)
