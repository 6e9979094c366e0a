"""What a password has to be: long, and not what guessers try first.

OWASP ASVS 5.0, 6.2.4 and 6.2.11; NIST SP 800-63B-4, 3.1.1.2. No rule asks for kinds of characters.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator

from pingpilot_app.domain.errors import Invalid, Problem

LENGTH_MIN = 15  # NIST SP 800-63B-4 for passwords that are the only factor
LENGTH_MAX = 256
PRODUCT = ("pingpilot", "ping", "pilot")

_WORKS = "A sentence of four or five words that only you would think of works."
# What is wrong with a password, by the code that pages know it by.
SENTENCES = {
    "password": f"The password must have {LENGTH_MIN} to {LENGTH_MAX} characters. {_WORKS}",
    "common": f"This password is made of what guessers try first. {_WORKS}",
    "own": f"This password is little more than your address or PingPilot's name. {_WORKS}",
    "unchanged": "This is the password that you have already. Choose another one.",
}

# How much a guesser has to think of for each piece; a password is worth the sum of its pieces.
WORTH_MIN = 3.0  # three words, or a word or two and what is not in any list
_WORD = 1.0
_RUN = 0.5  # as `qwerty`, `aaaa`, `2024`
_LETTER = 0.5
_SIGN = 0.25  # a digit, a bracket
_PIECE_MIN, _PIECE_MAX = 3, 32  # characters
_DISTINCT_MIN = 5

_LEET = str.maketrans("@4301$57!", "aaeolssti")
_NAME = re.compile(r"[^\W_]{3,}")


def _stretches(row: str) -> Iterator[str]:
    for text in (row, row[::-1]):
        for begin in range(len(text)):
            for end in range(begin + _PIECE_MIN, min(begin + _PIECE_MAX, len(text)) + 1):
                yield text[begin:end]


# The alphabet, the digits, and keyboards (US, German, French) by row, column and zigzag.
_ROWS = (
    *("abcdefghijklmnopqrstuvwxyzabcdef", "01234567890123456789", "!@#$%^&*()_+"),
    *("qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "qwertzuiop", "yxcvbnm"),
    *("azertyuiop", "qsdfghjklm", "wxcvbn", "1qaz2wsx3edc4rfv5tgb6yhn7ujm"),
    *("qazwsxedcrfvtgbyhnujm", "zaqxswcdevfrbgtnhymju"),
    *("1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0"),
)
_RUNS = frozenset(piece for row in _ROWS for piece in _stretches(row))


class WeakPassword(Invalid):
    """A password that may not be chosen. `code` is a key of SENTENCES."""

    def __init__(self, code: str) -> None:
        super().__init__(SENTENCES[code], (Problem("password", SENTENCES[code]),))
        self.code = code


def normal_password(text: str) -> str:
    """Return the form that is hashed: the same on every keyboard (NFKC, as NIST asks)."""
    return unicodedata.normalize("NFKC", text)


def check_password(password: object, common: Collection[str], address: str = "") -> str:
    """Return the password in its normal form. Raises WeakPassword.

    `common` are passwords that many have used, lower case; `address` is its owner's.
    """
    text = normal_password(password) if isinstance(password, str) else ""
    if not LENGTH_MIN <= len(text) <= LENGTH_MAX:
        raise WeakPassword("password")
    if _worth(text, common, ()) < WORTH_MIN:
        raise WeakPassword("common")
    if _worth(text, common, _own(address)) < WORTH_MIN:
        raise WeakPassword("own")
    return text


def _own(address: str) -> frozenset[str]:
    """Return what anybody knows of the owner: the address, its parts, the product."""
    local, _, domain = address.casefold().partition("@")
    parts = (*_NAME.findall(local), *_NAME.findall(domain.rpartition(".")[0]))
    return frozenset((address.casefold(), local, domain, *parts, *PRODUCT)) - {""}


def _worth(text: str, common: Collection[str], own: Collection[str]) -> float:
    """Return how much there is to think of. What comes again is thought of once."""
    plain = _once(text.casefold())
    if len(set(plain)) < _DISTINCT_MIN:
        return 0.0
    words, singles = _pieces(plain, common, own)
    return sum(words.values()) + sum(singles)


def _once(text: str) -> str:
    """Return the part that `text` repeats from its beginning to its end, all where none."""
    periods = range(1, len(text) // 2 + 1)
    return next((text[:n] for n in periods if text[n:] == text[:-n]), text)


def _pieces(
    text: str, common: Collection[str], own: Collection[str]
) -> tuple[dict[str, float], list[float]]:
    """Cut `text` into its cheapest pieces; return the distinct ones and the single characters."""
    leet = text.translate(_LEET)
    best: list[tuple[float, int, float]] = [(0.0, 0, 0.0)]  # (worth so far, begin, worth of piece)
    for end in range(1, len(text) + 1):
        choices = [(best[end - 1][0] + _single(text[end - 1]), end - 1, _single(text[end - 1]))]
        for begin in range(max(0, end - _PIECE_MAX), end - _PIECE_MIN + 1):
            worth = _piece((text[begin:end], leet[begin:end]), common, own)
            if worth is not None:
                choices.append((best[begin][0] + worth, begin, worth))
        best.append(min(choices))
    return _sorted_out(leet, best)


def _sorted_out(
    text: str, best: list[tuple[float, int, float]]
) -> tuple[dict[str, float], list[float]]:
    words: dict[str, float] = {}
    singles: list[float] = []
    end = len(text)
    while end:
        _, begin, worth = best[end]
        if end - begin > 1:
            words[text[begin:end]] = worth
        else:
            singles.append(worth)
        end = begin
    return words, singles


def _piece(spellings: Iterable[str], common: Collection[str], own: Collection[str]) -> float | None:
    """Return what a piece is worth, None where it is none."""
    found: float | None = None
    for text in spellings:
        if text in own:
            return 0.0
        if text in _RUNS or len(set(text)) == 1:
            found = _RUN
        elif text in common:
            found = min(found or _WORD, _RUN if text.isdecimal() else _WORD)
    return found


def _single(character: str) -> float:
    if character.isspace():
        return 0.0
    sign = character.isdecimal() or (character.isascii() and not character.isalpha())
    return _SIGN if sign else _LETTER
