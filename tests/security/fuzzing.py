"""How long the fuzz tests look: the same short way in every run, or long and at random.

`make fuzz` sets FUZZ to the number of examples that each test tries.
"""

import os

from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("FUZZ", "0"))


def fuzz(short: int) -> settings:
    """Return the settings of a test that tries `short` examples, always the same, or many."""
    return settings(
        max_examples=EXAMPLES or short,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        # The fixtures hold one instance, on purpose: what an example does to it, others must bear.
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
