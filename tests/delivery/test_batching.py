"""Callers pass in batches."""

import asyncio

from pingpilot_app.delivery.batching import Batching


async def test_the_first_passes_at_once():
    batching = Batching(1000)
    async with asyncio.timeout(1):
        await batching.wait()


async def test_those_who_wait_pass_together():
    batching, passed = Batching(0.01), []
    await batching.wait()

    async def one(number: int) -> None:
        await batching.wait()
        passed.append((number, asyncio.get_running_loop().time()))

    await asyncio.gather(*(one(number) for number in range(20)))
    times = [moment for _, moment in passed]
    assert len(passed) == 20
    assert max(times) - min(times) < 0.01


async def test_a_caller_that_leaves_takes_nobody_along():
    batching = Batching(0.01)
    await batching.wait()
    first, second = (asyncio.ensure_future(batching.wait()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    async with asyncio.timeout(1):
        await second
