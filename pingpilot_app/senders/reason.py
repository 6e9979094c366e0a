"""The words that go with a failure, made safe to store, log and show."""

import re
from base64 import b64encode
from collections.abc import Iterator
from functools import lru_cache

from pingpilot_app.settings import SANDBOX_TOKEN

REASON_MAX = 1_000  # characters
CUT_OUT = "[token]"  # stands for a secret

# Controls would break log lines, surrogates cannot be stored.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_BASE64_MIN = 4  # characters; of a shorter secret base64 leaves too little to be recognised


def clean_reason(words: str, secret: str = "") -> str:
    """Return `words` on one line, without `secret`, in at most 1,000 characters.

    The secret is also found percent-encoded and inside base64, as mail servers repeat a login.
    """
    if secret and secret != SANDBOX_TOKEN:  # nosemgrep  # the sandbox's token is its public name
        for trace in _traces(secret):
            words = trace.sub(CUT_OUT, words)
    words = _UNFIT.sub(" ", words).strip()
    return words if len(words) <= REASON_MAX else words[: REASON_MAX - 1] + "…"


@lru_cache(maxsize=16)  # there are as many secrets as providers
def _traces(secret: str) -> list[re.Pattern[str]]:
    parts = [secret]
    number, colon, key = secret.partition(":")
    if colon and number.isdigit():  # Telegram's token: what follows the bot's number is secret
        parts.append(key)
    plain = "|".join(map(_encoded, filter(None, parts)))
    return [re.compile(pattern) for pattern in (plain, *_in_base64(secret))]


def _encoded(secret: str) -> str:
    """Return a pattern for `secret` with any of its characters percent-encoded, even twice."""
    return "".join(f"(?:{re.escape(letter)}|{_percent(letter)})" for letter in secret)


def _percent(letter: str) -> str:
    octets = letter.encode(errors="surrogatepass")
    return "".join(f"%(?:25)*(?i:{octet:02X})" for octet in octets)


def _in_base64(secret: str) -> Iterator[str]:
    """Yield patterns for base64 that holds `secret`, whatever stands before and after it.

    Three bytes make four characters, so the secret can begin at three places of such a group.
    A match begins where the base64 does, or long words would be searched from each character.
    """
    octets = secret.encode(errors="surrogatepass")
    for lead in range(3) if len(octets) >= _BASE64_MIN else ():
        whole = b64encode(bytes(lead) + octets).decode()
        first = -(-lead * 4 // 3)  # the characters before are of what precedes, in part or whole
        last = (lead + len(octets)) * 4 // 3  # the one after is of what follows, in part
        yield rf"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]*{re.escape(whole[first:last])}[A-Za-z0-9+/]*=*"
