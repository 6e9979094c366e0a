"""The sandbox runs alone."""

import asyncio
import re
import signal
import sys
from asyncio.subprocess import PIPE

import httpx


async def test_it_runs_as_a_program_until_it_is_stopped():
    program = [sys.executable, "-m", "pingpilot_app.sandbox", "--port", "0"]
    process = await asyncio.create_subprocess_exec(*program, stdout=PIPE)
    line = (await process.stdout.readline()).decode()
    port = re.search(r"HTTP (\d+)", line)[1]
    async with httpx.AsyncClient() as client:
        shown = (await client.get(f"http://127.0.0.1:{port}/control/")).json()
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
    assert "delivers nothing" in shown["sandbox"]
