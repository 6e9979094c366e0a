"""The words that events are found by.

Both databases index exactly these words, so that a search finds the same in each.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from pingpilot_app.domain.event import FieldValue
from pingpilot_app.domain.message.message import value_text

PREFIX_MIN = 3  # characters from which a word also finds longer ones
WORD_MAX = 40  # characters of a word that count; beyond are tokens and pictures, not words

_RUNS = re.compile(r"[^\W_]+|[^\w\s]")
# Scripts that put no spaces between words: each character is a word there.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text, without case, accents and punctuation."""
    plain = text.casefold()
    if not plain.isascii():
        plain = _bare(plain)
    return frozenset(run[:WORD_MAX] for run in _RUNS.findall(plain) if _counts(run))


def _bare(text: str) -> str:
    """Take accents off, and space what is not spaced."""
    plain = unicodedata.normalize("NFKD", text)
    bare = "".join(character for character in plain if not unicodedata.combining(character))
    return _UNSPACED.sub(lambda found: f" {found[0]} ", bare)


def _counts(run: str) -> bool:
    """Tell letters, digits and emoji from punctuation."""
    return run[0].isalnum() or unicodedata.category(run[0]) == "So"


def words_of_event(description: str, fields: Mapping[str, FieldValue]) -> frozenset[str]:
    """Return the words of an event: of its description, its fields' names and values."""
    texts = [description, *fields, *(value_text(value) for value in fields.values())]
    return words_of(" ".join(texts))


def finds(wanted: Iterable[str], words: frozenset[str]) -> bool:
    """Tell whether every wanted word is there, or begins one of the words."""
    return all(
        word in words or (is_prefix(word) and any(found.startswith(word) for found in words))
        for word in wanted
    )


def is_prefix(word: str) -> bool:
    """Tell whether a wanted word also finds longer ones."""
    return PREFIX_MIN <= len(word) < WORD_MAX
