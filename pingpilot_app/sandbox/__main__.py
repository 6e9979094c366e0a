"""Runs the sandbox alone: `python -m pingpilot_app.sandbox --port 8025`."""

import argparse
import asyncio
import contextlib
import signal
import sys

from pingpilot_app.sandbox.sandbox import Sandbox


async def _run(port: int) -> None:
    sandbox = Sandbox(port)
    await sandbox.start()
    sys.stdout.write(f"PingPilot sandbox: HTTP {sandbox.http_port}, SMTP {sandbox.smtp_port}\n")
    sys.stdout.flush()
    stop = asyncio.Event()
    for wish in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(wish, stop.set)
    await stop.wait()
    await sandbox.stop()


def main() -> None:
    """Run until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m pingpilot_app.sandbox")
    parser.add_argument("--port", type=int, default=8025, help="HTTP; SMTP is the next one")
    with contextlib.suppress(ImportError):  # faster where it is installed
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(_run(parser.parse_args().port))


if __name__ == "__main__":
    main()
