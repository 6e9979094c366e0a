"""Clients that post events, and the journal of what they were told."""

import asyncio
from collections import defaultdict, deque
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

import httpx

from benchmarks.crash.accounts import CATEGORY, Account

_REMEMBERED = 50  # answered posts of an account that may be repeated with their key
_KEYED = 0.5  # this part of the posts carries an Idempotency-Key
_REPEATED = 0.1  # this part of the posts repeats an answered one


@dataclass
class Post:
    """One event that a client wants stored: `mark` is its description, and no other has it.

    `key` is its Idempotency-Key, None where it is sent once and never again. `event_ids` are what
    200s named, `refusals` the other statuses that came.
    """

    account: Account
    mark: str
    key: str | None
    event_ids: set[str] = field(default_factory=set)
    refusals: set[int] = field(default_factory=set)

    @property
    def body(self) -> dict[str, object]:
        """Return what is posted, the same at every try."""
        return {"category": CATEGORY, "description": self.mark, "fields": {"of": self.account.id}}

    @property
    def headers(self) -> dict[str, str]:
        """Return the request's headers."""
        key = {"Idempotency-Key": self.key} if self.key else {}
        return {"Authorization": f"Bearer {self.account.key}"} | key


class Journal:
    """What was posted and what was answered."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.acknowledged = 0  # 200s, repeats included
        self.repeats = 0  # posts that were sent again with their key
        self._news = asyncio.Condition()
        self._unanswered: defaultdict[str, deque[Post]] = defaultdict(deque)
        self._answered: defaultdict[str, deque[Post]] = defaultdict(
            lambda: deque(maxlen=_REMEMBERED)
        )

    def next_post(self, account: Account, chance: Random) -> Post:
        """Return what to send next: first what got no answer and may be repeated."""
        again = self.next_unanswered(account)
        if again is None and chance.random() < _REPEATED:
            again = self._next_answered(account, chance)
        if again is not None:
            self.repeats += 1
            return again
        mark = f"mark-{len(self.posts):06}"
        post = Post(account, mark, f"key-{mark}" if chance.random() < _KEYED else None)
        self.posts.append(post)
        return post

    def _next_answered(self, account: Account, chance: Random) -> Post | None:
        # Taken out until its answer comes: a key that is under way is refused (409).
        answered = self._answered[account.id]
        answered.rotate(chance.randrange(_REMEMBERED))
        return answered.popleft() if answered else None

    def next_unanswered(self, account: Account) -> Post | None:
        """Return a post that has a key and no answer yet; the caller sends it again."""
        waiting = self._unanswered[account.id]
        return waiting.popleft() if waiting else None

    async def note_answer(self, post: Post, answer: httpx.Response) -> None:
        """Keep what the client was told."""
        if answer.status_code != 200:
            post.refusals.add(answer.status_code)
            return
        post.event_ids.add(answer.json()["eventId"])
        if post.key:
            self._answered[post.account.id].append(post)
        async with self._news:
            self.acknowledged += 1
            self._news.notify_all()

    def note_silence(self, post: Post) -> None:
        """Keep that no answer came: nobody knows whether the event is stored."""
        if post.key:
            self._unanswered[post.account.id].append(post)

    async def more_acknowledged(self, count: int) -> None:
        """Return when `count` more posts were acknowledged."""
        enough = self.acknowledged + count
        async with self._news:
            await self._news.wait_for(lambda: self.acknowledged >= enough)


class Client:
    """Posts for an account, one request at a time. `http` is shared: making one takes long."""

    def __init__(
        self, http: httpx.AsyncClient, journal: Journal, account: Account, chance: Random
    ) -> None:
        self._http = http
        self._journal = journal
        self._account = account
        self._chance = chance

    async def post_until_killed(self, count: int, pause: float) -> None:
        """Post at most `count` times with `pause` seconds between, until nobody answers."""
        with suppress(httpx.HTTPError):
            for _ in range(count):
                await self._send(self._journal.next_post(self._account, self._chance))
                await asyncio.sleep(2 * pause * self._chance.random())

    async def repeat_unanswered(self) -> None:
        """Post again what got no answer and has a key."""
        while post := self._journal.next_unanswered(self._account):
            self._journal.repeats += 1
            await self._send(post)

    async def _send(self, post: Post) -> None:
        try:
            answer = await self._http.post("/api/v1/event", json=post.body, headers=post.headers)
        except httpx.HTTPError:
            self._journal.note_silence(post)
            raise
        await self._journal.note_answer(post, answer)
