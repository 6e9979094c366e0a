"""`kill -9` at random moments: what clients were told is what is stored and what arrived."""

from benchmarks.crash.plan import Moment, plan_round
from benchmarks.crash.run import run

ROUNDS = 3
SEED = 428  # kills under load, twice and after the first answers, with failures of several kinds


async def test_every_promise_survives_kills(tmp_path):
    result = await run(tmp_path, ROUNDS, SEED)
    assert result.violations == []
    assert result.rounds == ROUNDS


def test_the_seed_kills_in_different_ways():
    moments = {plan_round(SEED, number).moment for number in range(1, ROUNDS + 1)}
    assert moments == {Moment.UNDER_LOAD, Moment.FIRST_ANSWERS, Moment.TWICE}
