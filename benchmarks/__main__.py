"""`python -m benchmarks [NAME]…`: run all benchmarks, or those named, and print Markdown."""

import platform
import sys
from datetime import UTC, datetime
from os import cpu_count

from benchmarks import accept, isolation, latency

ALL = {"accept": accept.measure, "latency": latency.measure, "isolation": isolation.measure}


def main() -> None:
    """Run and print."""
    wanted = sys.argv[1:] or list(ALL)
    python = platform.python_version()
    print(f"{datetime.now(UTC):%Y-%m-%d}, {cpu_count()} cores, Python {python}\n")
    for name in wanted:
        print(f"### {name}\n\n{ALL[name]()}\n", flush=True)


if __name__ == "__main__":
    main()
