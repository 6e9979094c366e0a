"""How often something may happen, counted in the database: a restart forgets nothing.

An allowance has so many places, each a row among the tokens that expires by itself. A place is
found by the hash of what it is for, so that neither a long table nor a curious reader of it sees
whose address was meant.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, delete, insert, select

from pingpilot_app.storage.tables import tokens

KIND = "allowance"


@dataclass(frozen=True, slots=True)
class Allowance:
    """At most `count` times within `window`, for each thing that it is asked about."""

    name: str
    count: int
    window: timedelta

    def wait(self, connection: Connection, what: str, now: datetime) -> int:
        """Return how many seconds are left until the next time; 0: it may be now."""
        taken = self._taken(connection, what, now)
        if len(taken) < self.count:
            return 0
        return max(1, round((min(taken.values()) - now).total_seconds()))

    def take(self, connection: Connection, what: str, now: datetime) -> None:
        """Note that it happens; where no place is left, nothing is noted."""
        taken = self._taken(connection, what, now)
        free = next((place for place in self._places(what) if place not in taken), None)
        if free is None:
            return
        connection.execute(delete(tokens).where(tokens.c.hash == free))  # one that has expired
        connection.execute(
            insert(tokens).values(
                hash=free,
                kind=KIND,
                subject=self.name,
                tries=0,
                created_at=now,
                expires_at=now + self.window,
            )
        )

    def _taken(self, connection: Connection, what: str, now: datetime) -> dict[bytes, datetime]:
        here = (tokens.c.hash.in_(self._places(what)), tokens.c.expires_at > now)
        query = select(tokens.c.hash, tokens.c.expires_at).where(*here)
        return {row.hash: row.expires_at for row in connection.execute(query)}

    def _places(self, what: str) -> list[bytes]:
        return [
            sha256(f"{KIND} {self.name} {what} {place}".encode()).digest()
            for place in range(self.count)
        ]
