"""What is said of an event and who is on it: plain values, ready to be drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pingpilot_app.domain.mention import Member, handles_of, mentions_in
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.domain.response import CommentKind
from pingpilot_app.storage.claims import ClaimView, CommentView

SHOWN = 100  # entries; the earlier ones are shown when asked for


@dataclass(frozen=True)
class ClaimRow:
    """Who has the event. `step` is where it stands: open, claimed or resolved."""

    step: str = "open"
    user_id: str = ""
    name: str = ""
    at: str = ""
    resolved_by: str = ""
    resolved_at: str = ""


@dataclass(frozen=True)
class PartRow:
    """A piece of what was said. `mention`: it names a member."""

    text: str
    mention: bool


@dataclass(frozen=True)
class EntryRow:
    """One entry of the conversation."""

    id: str
    kind: str
    name: str
    did: str  # goes on after the name
    at: str
    parts: list[PartRow]


@dataclass(frozen=True)
class Colleague:
    """Somebody who can be mentioned."""

    user_id: str
    name: str
    handle: str


@dataclass(frozen=True)
class Talk:
    """All of it, as one person sees it. `earlier`: entries that are not among these."""

    claim: ClaimRow = field(default_factory=ClaimRow)
    said: list[EntryRow] = field(default_factory=list)
    colleagues: list[Colleague] = field(default_factory=list)
    earlier: int = 0


_DID = {
    CommentKind.COMMENT: "",
    CommentKind.CLAIMED: "took it",
    CommentKind.RELEASED: "let it go",
    CommentKind.RESOLVED: "resolved it",
    CommentKind.REOPENED: "reopened it",
    CommentKind.ESCALATED: "asked further, since nobody had claimed it",
}


def talk_of(
    claim: ClaimView | None, comments: Sequence[CommentView], members: Sequence[Member]
) -> Talk:
    """Return the whole conversation; who is a member now is highlighted where mentioned."""
    handles = handles_of(members)
    found = [Colleague(one.user_id, one.name, handles[one.user_id]) for one in members]
    by_name = sorted(found, key=lambda one: one.name.casefold())
    return Talk(_claim(claim), [_entry(comment, handles) for comment in comments], by_name)


def seen_by(user_id: str, talk: Talk, *, whole: bool) -> Talk:
    """Return the conversation for one member, perhaps with its newest entries alone."""
    shown = talk.said if whole else talk.said[-SHOWN:]
    others = [one for one in talk.colleagues if one.user_id != user_id]
    return Talk(talk.claim, shown, others, len(talk.said) - len(shown))


def _claim(claim: ClaimView | None) -> ClaimRow:
    if claim is None:
        return ClaimRow()
    return ClaimRow(
        step="resolved" if claim.resolved_at else "claimed",
        user_id=claim.user_id or "",
        name=claim.name,
        at=iso_milliseconds(claim.at),
        resolved_by=claim.resolved_by or "",
        resolved_at=iso_milliseconds(claim.resolved_at) if claim.resolved_at else "",
    )


def _entry(comment: CommentView, handles: Mapping[str, str]) -> EntryRow:
    return EntryRow(
        id=comment.id,
        kind=comment.kind.value,
        name=comment.name,
        did=_DID[comment.kind],
        at=iso_milliseconds(comment.at),
        parts=_parts(comment.text, handles),
    )


def _parts(text: str, handles: Mapping[str, str]) -> list[PartRow]:
    parts, done = [], 0
    for found in mentions_in(text, handles):
        parts.append(PartRow(text[done : found.start], mention=False))
        parts.append(PartRow(text[found.start : found.end], mention=True))
        done = found.end
    parts.append(PartRow(text[done:], mention=False))
    return [part for part in parts if part.text]
