"""The words that go with a failure, made safe to store, log and show."""

import re
from functools import lru_cache

from pingpilot_app.domain.redaction import CUT_OUT, Redactor, redact_forms
from pingpilot_app.settings import SANDBOX_TOKEN

__all__ = ["CUT_OUT", "REASON_MAX", "clean_reason"]

REASON_MAX = 1_000  # characters
_LOOKED_AT = 4 * REASON_MAX  # for what is no secret of ours; the rest is not kept anyway

# Controls would break log lines, surrogates cannot be stored.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def clean_reason(words: str, secret: str = "") -> str:
    """Return `words` on one line, without secrets, in at most 1,000 characters.

    `secret` is found also percent-encoded and inside base64, as mail servers repeat a login;
    others by their form.
    """
    if secret and secret != SANDBOX_TOKEN:  # nosemgrep  # the sandbox's token is its public name
        words = _redactor(secret).known(words)
    words = _UNFIT.sub(" ", redact_forms(words[:_LOOKED_AT])).strip()
    return words if len(words) <= REASON_MAX else words[: REASON_MAX - 1] + "…"


@lru_cache(maxsize=16)  # there are as many secrets as providers
def _redactor(secret: str) -> Redactor:
    return Redactor((secret,))
