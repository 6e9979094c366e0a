"""The words that go with a failure, made safe to store, log and show."""

import re

from pingpilot_app.settings import SANDBOX_TOKEN

REASON_MAX = 1_000  # characters

# Controls would break log lines, surrogates cannot be stored.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def clean_reason(words: str, secret: str = "") -> str:
    """Return `words` on one line, without `secret`, in at most 1,000 characters."""
    if secret and secret != SANDBOX_TOKEN:  # the sandbox's token is its public name
        words = words.replace(secret, "[token]")
    words = _UNFIT.sub(" ", words).strip()
    return words if len(words) <= REASON_MAX else words[: REASON_MAX - 1] + "…"
