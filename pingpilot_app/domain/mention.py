"""How colleagues are called in a comment: ``@ann`` tells Ann of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from unicodedata import normalize

_ENDS = (
    r"\s@,;:!?…/\\|()\[\]{}<>\"'`*&#=+"  # no handle has them, assets/scripts/mentions.js neither
)
_NOT_OF_HANDLES = re.compile(f"[{_ENDS}]+")
# Not within a word, an address of mail or the path of a page; nor followed by another @.
_MENTION = re.compile(rf"(?<![\w.+/@-])@([^{_ENDS}]++)(?!@)")
_TRIMMED = ".-_"  # at the end of a handle: they end the sentence
HANDLE_MAX = 40  # characters
NAMELESS = "member"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the account. `name` is what colleagues see."""

    user_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a text mentions somebody: ``text[start:end]`` is ``@ann``."""

    start: int
    end: int
    user_id: str


def handles_of(members: Sequence[Member]) -> dict[str, str]:
    """Return what each member is mentioned by, by their user id: lower case, without spaces.

    Who comes later and is called the same gets a number: ``ann``, ``ann-2``.
    """
    handles: dict[str, str] = {}
    taken: set[str] = set()
    for member in members:
        wanted, number = _handle(member.name), 1
        handle = wanted
        while handle in taken:
            number += 1
            handle = f"{wanted}-{number}"
        taken.add(handle)
        handles[member.user_id] = handle
    return handles


def mentions_in(text: str, handles: Mapping[str, str]) -> Iterator[Mention]:
    """Yield where the text mentions somebody of `handles`, from its beginning to its end."""
    if "@" not in text:
        return
    users = {handle: user_id for user_id, handle in handles.items()}
    for found in _MENTION.finditer(text):
        called = found[1].rstrip(_TRIMMED)
        user_id = users.get(_folded(called))
        if user_id is not None:
            yield Mention(found.start(), found.start(1) + len(called), user_id)


def mentioned_in(text: str, handles: Mapping[str, str]) -> list[str]:
    """Return who is mentioned, by user ids, each once."""
    return list(dict.fromkeys(one.user_id for one in mentions_in(text, handles)))


def _handle(name: str) -> str:
    words = _NOT_OF_HANDLES.sub("-", _folded(name)).strip(_TRIMMED)
    return words[:HANDLE_MAX].strip(_TRIMMED) or NAMELESS


def _folded(text: str) -> str:
    return normalize("NFC", text.casefold())
