"""The gate lets callers through in groups."""

import asyncio

from pingpilot_app.delivery.gate import Gate


async def test_the_first_passes_at_once():
    gate = Gate(1000)
    async with asyncio.timeout(1):
        await gate.wait()


async def test_those_who_wait_pass_together():
    gate, passed = Gate(0.01), []
    await gate.wait()

    async def one(number: int) -> None:
        await gate.wait()
        passed.append((number, asyncio.get_running_loop().time()))

    await asyncio.gather(*(one(number) for number in range(20)))
    times = [moment for _, moment in passed]
    assert len(passed) == 20
    assert max(times) - min(times) < 0.01


async def test_a_caller_that_leaves_takes_nobody_along():
    gate = Gate(0.01)
    await gate.wait()
    first, second = (asyncio.ensure_future(gate.wait()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    async with asyncio.timeout(1):
        await second
