"""Cutting secrets out of words: those that are known, and what looks like one."""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator

CUT_OUT = "[token]"  # stands for a secret

_KNOWN_MIN = 4  # characters; a shorter one would cut up every word
_BASE64_MIN = 4  # the same of what base64 leaves of it

_SCHEME = r"(?:(?i:bearer|bot|basic|digest)\s+)?"

# What is a secret by its form, whoever's it is. A group is kept: it says what was cut out.
# What is looked for beyond it is bounded, or a stranger's long words would take long.
_FORMS = re.compile(
    "|".join(
        (
            r"pk_[0-9A-Za-z]{16,}",
            r"(?<![\w-])[\w-]{43}=(?![\w=])",  # a key of ENCRYPTION_KEYS
            r"(?P<bot>\bbot)\d{3,}(?::|%3[Aa])[\w-]{10,}",
            r"\b\d{6,12}(?::|%3[Aa])[\w-]{30,}",  # Telegram's token
            r"(?<![\w-])[\w-]{20,80}\.[\w-]{6}\.[\w-]{27,}",  # Discord's
            r"(?P<cookies>(?i:\bcookie)\b['\"]?\s*[:=,]\s*b?['\"]?)[^'\"\r\n]+",
            rf"(?P<header>(?i:authorization)['\"]?\s*[:=,]\s*b?['\"]?{_SCHEME})[^\s'\",;)]+",
            r"(?P<scheme>\b(?:(?i:bearer|basic)|Bot)\s+)[\w.~+/=:-]{16,}",
            r"(?P<cookie>(?:\b|__Host-)pingpilot\w*=)[^\s;,'\"\\]+",
            r"(?P<login>://[^\s:/@'\"]{0,100}:)[^\s@'\"]{1,200}(?=@)",
            r"(?P<link>[?&](?:token|invite|code|start|key|secret)=)[^\s&'\"#]{8,}",
            r"(?P<wall>/wall/)[\w-]{16,}",
            r"(?P<field>(?i:password|secret)['\"]\s*:\s*['\"])[^'\"]+",
        )
    ),
    re.ASCII,
)
# Without one of these there is no form in the words: looking for them first is ten times as fast.
_MAY_HOLD = re.compile(
    r"pk_|bot|=|://|\d:|%3a|\w\.\w{6}\.|uthorization|earer|asic|ookie|assword|ecret|/wall/",
    re.IGNORECASE,
)


class Redactor:
    """Cuts secrets out of words, however they are written: plain, percent-encoded, in base64."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = [secret for secret in dict.fromkeys(secrets) if secret]
        parts = [part for secret in known for part in _parts(secret)]
        plain = sorted({form for part in parts for form in _written(part)}, key=len, reverse=True)
        cores = sorted({core for secret in known for core in _in_base64(secret)})
        self._plain = _alternation(map(re.escape, plain))
        self._percent = _alternation(map(_encoded, sorted(parts, key=len, reverse=True)))
        self._core = _alternation(map(re.escape, cores))
        # A match begins where the base64 does, or long words would be searched from each character.
        inside = f"[A-Za-z0-9+/]*(?:{'|'.join(map(re.escape, cores))})[A-Za-z0-9+/]*=*"
        self._base64 = re.compile(rf"(?<![A-Za-z0-9+/]){inside}")

    def __call__(self, words: str) -> str:
        """Return `words` with `CUT_OUT` in the place of each secret."""
        return redact_forms(self.known(words))

    def known(self, words: str) -> str:
        """Cut out the known secrets alone."""
        if self._plain is None or self._percent is None:
            return words
        if "%" in words:  # slower, and first: what is encoded in part must not be cut in part
            words = self._percent.sub(CUT_OUT, words)
        words = self._plain.sub(CUT_OUT, words)
        if self._core is not None and self._core.search(words):
            words = self._base64.sub(CUT_OUT, words)
        return words


def redact_forms(words: str) -> str:
    """Cut out what looks like a secret."""
    return _FORMS.sub(_cut, words) if _MAY_HOLD.search(words) else words


def long_enough(secret: str) -> bool:
    """Tell whether a secret can be told from ordinary words."""
    return len(secret) >= _KNOWN_MIN


def _cut(found: re.Match[str]) -> str:
    return (found[found.lastgroup] if found.lastgroup else "") + CUT_OUT


def _alternation(patterns: Iterable[str]) -> re.Pattern[str] | None:
    whole = "|".join(patterns)
    return re.compile(whole) if whole else None


def _parts(secret: str) -> Iterator[str]:
    yield secret
    number, colon, key = secret.partition(":")
    if colon and key and number.isdigit():  # Telegram's: what follows the bot's number is secret
        yield key


def _written(secret: str) -> set[str]:
    """Return a secret as it is, and as it stands in a text of Python."""
    return {secret, repr(secret)[1:-1], repr(secret.encode(errors="surrogatepass"))[2:-1]}


def _encoded(secret: str) -> str:
    """Return a pattern for `secret` with any of its characters percent-encoded, even twice."""
    return "".join(f"(?:{re.escape(letter)}|{_percent(letter)})" for letter in secret)


def _percent(letter: str) -> str:
    octets = letter.encode(errors="surrogatepass")
    return "".join(f"%(?:25)*(?i:{octet:02X})" for octet in octets)


def _in_base64(secret: str) -> Iterator[str]:
    """Yield what base64 that holds `secret` shows of it, whatever stands before and after.

    Three bytes make four characters, so the secret can begin at three places of such a group.
    """
    octets = secret.encode(errors="surrogatepass")
    for lead in range(3) if len(octets) >= _BASE64_MIN else ():
        whole = b64encode(bytes(lead) + octets).decode()
        first = -(-lead * 4 // 3)  # the characters before are of what precedes, in part or whole
        last = (lead + len(octets)) * 4 // 3  # the one after is of what follows, in part
        yield whole[first:last]
