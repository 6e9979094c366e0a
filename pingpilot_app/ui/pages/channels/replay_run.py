"""Replays of many deliveries. They go on on the server, whoever looks and whoever leaves."""

import asyncio
import logging
from dataclasses import dataclass

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.replay import replay_failures
from pingpilot_app.domain.audit import Actor
from pingpilot_app.domain.errors import PingPilotError
from pingpilot_app.storage.replays import Failures

logger = logging.getLogger(__name__)


@dataclass
class Run:
    """One replay: `done` of `total` deliveries were started again. `refusal`: why it stopped."""

    total: int
    done: int = 0
    refusal: str = ""
    ended: bool = False
    told: bool = False  # somebody was shown how it ended


_runs: dict[str, Run] = {}  # by account: the last one, until it is forgotten
_tasks: set[asyncio.Task[None]] = set()  # asyncio itself holds tasks weakly


def run_of(account_id: str) -> Run | None:
    """Return the account's replay that goes on, or the last one that ended."""
    return _runs.get(account_id)


def forget_run(account_id: str) -> None:
    """Forget a replay of which somebody has seen how it ended."""
    run = _runs.get(account_id)
    if run is not None and run.told:
        del _runs[account_id]


def begin(instance: Instance, failures: Failures, total: int, actor: Actor) -> None:
    """Replay what `failures` describes; nothing where a replay of the account goes on."""
    known = _runs.get(failures.account_id)
    if known is not None and not known.ended:
        return
    run = _runs[failures.account_id] = Run(total)
    task = asyncio.create_task(_go(instance, failures, run, actor))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def _go(instance: Instance, failures: Failures, run: Run, actor: Actor) -> None:
    async def progress(done: int) -> None:
        run.done = done
        instance.bus.publish(failures.account_id)

    try:
        await replay_failures(instance, failures, progress, actor=actor)
    except PingPilotError as refusal:
        run.refusal = refusal.message
    except Exception:
        logger.exception("replaying failures of account %s failed", failures.account_id)
        run.refusal = "PingPilot made a mistake; its log says more."
    finally:
        run.ended = True
        instance.bus.publish(failures.account_id)
