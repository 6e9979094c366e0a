"""`python -m benchmarks [NAME]…`: run all benchmarks, or those named, and print Markdown."""

import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from os import cpu_count

from benchmarks import accept, attack, isolation, latency, live, pages, size, stream, team

ALL: dict[str, Callable[[], str]] = {
    "accept": accept.measure,
    "latency": latency.measure,
    "isolation": isolation.measure,
    "pages": pages.measure,
    "live": live.measure,
    "size": size.measure,
    "attack": attack.measure,
    "stream": stream.measure,
    "team": team.measure,
}


def main() -> None:
    """Run and print."""
    wanted = sys.argv[1:] or list(ALL)
    python = platform.python_version()
    print(f"{datetime.now(UTC):%Y-%m-%d}, {cpu_count()} cores, Python {python}\n")
    for name in wanted:
        print(f"### {name}\n\n{ALL[name]()}\n", flush=True)


if __name__ == "__main__":
    main()
