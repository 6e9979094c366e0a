"""`python -m benchmarks.crash`: run the crash test and print what came of it.

Ends with status 1 where a promise was broken, and then keeps the data directory.
"""

import argparse
import secrets
import shutil
import sys
import tempfile
import time
from pathlib import Path

import uvloop

from benchmarks.crash.plan import Plan
from benchmarks.crash.run import Result, run
from benchmarks.crash.summary import summary

_SHOWN = 20  # violations


def main() -> None:
    """Run, print, and end with 1 where something is wrong."""
    options = _options()
    folder = Path(tempfile.mkdtemp(prefix="pingpilot-crash-"))
    print(f"ROUNDS={options.rounds} SEED={options.seed}, data in {folder}\n", flush=True)
    began = time.monotonic()
    result = uvloop.run(run(folder, options.rounds, options.seed, _show))
    print(f"\n{summary(result, time.monotonic() - began)}\n")
    if result.violations:
        _complain(result, folder, options.seed)
        sys.exit(1)
    shutil.rmtree(folder)
    print("Every promise held.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crash")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    return parser.parse_args()


def _show(number: int, plan: Plan | None, result: Result) -> None:
    evidence = result.evidence
    kill = evidence.kills.get(result.generation)
    what = f"killed {plan.moment}" if plan else "settled, all compared"
    print(
        f"{number:4} {what:22} {evidence.journal.acknowledged:6} acknowledged, "
        f"{len(kill.leased) if kill else 0:4} leased",
        flush=True,
    )


def _complain(result: Result, folder: Path, seed: int) -> None:
    count = len(result.violations)
    print(f"{count} broken in round {result.rounds} (SEED={seed}). Kept: {folder}")
    for violation in result.violations[:_SHOWN]:
        print(f"- {violation}")
    if count > _SHOWN:
        print(f"- and {count - _SHOWN} more")


if __name__ == "__main__":
    main()
