"""The processes of the instance: who runs, and who has died.

Times are the database's, so that machines whose clocks differ agree. What a process held goes with
its row: the lanes (lanes.py) by their reference.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from pingpilot_app.storage.tables import processes

BEAT = timedelta(seconds=3)  # between two signs of life
# A process that was silent for so long begins nothing any more: others soon take over.
SILENT = timedelta(seconds=10)
DEAD = timedelta(seconds=20)  # of silence, after which what it held is anybody's


@dataclass(frozen=True, slots=True)
class ProcessView:
    """A process as it last told; `vitals` are plain figures by their names.

    `id` is new at every start, `name` the machine's or what the operator calls it, `mark` differs
    where its SECRET_KEY does. It `leads` where it does what one of all has to do.
    """

    id: str
    role: str
    name: str
    pid: int
    version: str
    mark: str
    started_at: datetime
    seen_at: datetime
    leads: bool
    vitals: Mapping[str, Any]


_COLUMNS = [processes.c[name] for name in ProcessView.__slots__]


def add_process(connection: Connection, process: ProcessView) -> None:
    """Note that a process runs, from now by the database's clock."""
    columns = {name: getattr(process, name) for name in ProcessView.__slots__}
    now = func.now()
    connection.execute(insert(processes).values(columns | {"started_at": now, "seen_at": now}))


def beat(
    connection: Connection, process_id: str, vitals: Mapping[str, Any], *, leads: bool
) -> bool:
    """Note that a process lives; False where the others have given it up."""
    alive = update(processes).where(processes.c.id == process_id)
    values = {"seen_at": func.clock_timestamp(), "vitals": dict(vitals), "leads": leads}
    return connection.execute(alive.values(values)).rowcount == 1


def remove_process(connection: Connection, process_id: str) -> None:
    """Forget a process that has ended, and what it held."""
    connection.execute(delete(processes).where(processes.c.id == process_id))


def list_processes(connection: Connection) -> list[ProcessView]:
    """Return the processes that live, by their role and name."""
    query = select(*_COLUMNS).where(processes.c.seen_at > func.now() - DEAD)
    order = processes.c.role, processes.c.name, processes.c.pid
    return [ProcessView(*row) for row in connection.execute(query.order_by(*order))]


def dead_processes(connection: Connection) -> list[str]:
    """Return the ids of those that have died without a word."""
    query = select(processes.c.id).where(processes.c.seen_at <= func.now() - DEAD)
    return list(connection.execute(query).scalars())
