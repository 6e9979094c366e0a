"""Who calls and what they may do: the first of the documented checks."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from pingpilot_app.delivery.burst import Bursts
from pingpilot_app.delivery.cache import Cache
from pingpilot_app.delivery.clock import Clock
from pingpilot_app.delivery.refusals import Refusals
from pingpilot_app.domain.api_key import Scope, hash_api_key, is_well_formed
from pingpilot_app.domain.client import UNKNOWN, neighbourhood
from pingpilot_app.domain.errors import Forbidden, Unauthorized
from pingpilot_app.domain.network import is_within
from pingpilot_app.domain.quota import reset_date
from pingpilot_app.domain.rate_limit import RateLimit
from pingpilot_app.logs import note
from pingpilot_app.storage.api_keys import KeyEntry

INVALID_KEY = "Invalid API key"

Client = Callable[[], str]  # the caller's address, told when it is asked for


def unknown_client() -> str:
    """Return what stands for the address of a caller that came by no connection."""
    return UNKNOWN


class Authorizer:
    """Judges keys in one process."""

    def __init__(
        self,
        cache: Cache,
        pepper: bytes,
        clock: Clock,
        *,
        bursts: Bursts,
        refusals: Refusals,
    ) -> None:
        self.bursts = bursts
        self.refusals = refusals
        self._cache = cache
        self._pepper = pepper
        self._clock = clock

    async def authorize(self, key: str, scope: Scope, client: Client = unknown_client) -> KeyEntry:
        """Return who `key` belongs to. Raises Unauthorized, Forbidden, LimitReached."""
        entry = await self._find(key, client) if is_well_formed(key) else None
        now = self._clock()
        if entry is None or (entry.expires_at is not None and entry.expires_at <= now):
            raise self.refused(INVALID_KEY, client)
        if entry.networks is not None:
            self._check_network(entry, client())
        note("accountId", entry.account_id)
        self._cache.last_uses[entry.id] = now
        limits = (await self._cache.configuration(entry.account_id, now)).limits
        if limits.burst is not None:
            self.bursts.take(entry.id, limits)
            self.bursts.take_from(neighbourhood(client()), entry.account_id, limits)
        if scope not in entry.scopes:
            raise Forbidden(
                f"This API key lacks the scope {scope}. Make one that has it under Keys."
            )
        return entry

    async def look_again(self, key_hash: bytes, address: str, scope: Scope) -> KeyEntry | None:
        """Return the entry of a key that was let in, None where it would not be now.

        Raises Unavailable.
        """
        entry = await self._cache.key(key_hash)
        if entry is None or scope not in entry.scopes:
            return None
        if entry.networks is not None and not is_within(address, entry.networks):
            return None
        ended = entry.expires_at is not None and entry.expires_at <= self._clock()
        return None if ended else entry

    def refused(self, sentence: str, client: Client) -> Unauthorized:
        """Return the refusal of a caller without a valid key.

        Raises LimitReached where the address has shown too many.
        """
        self.refusals.note(neighbourhood(client()))
        return Unauthorized(sentence)

    def left(self, entry: KeyEntry) -> list[RateLimit]:
        """Return what its limits leave to a key that was let in; nothing where it has none."""
        configuration = self._cache.known_configuration(entry.account_id)
        if configuration is None:
            return []
        limits = configuration.limits
        burst = self.bursts.left(entry.id, limits)
        found = [] if burst is None else [burst]
        if limits.events is not None:
            left = max(0, limits.events - configuration.used)
            seconds = max(1, int((_reset_of(configuration.month) - self._clock()).total_seconds()))
            found.append(RateLimit("month", limits.events, None, left, seconds))
        return found

    async def _find(self, key: str, client: Client) -> KeyEntry | None:
        """Return the key's entry.

        Where an address has shown too many keys that do not work, no further one of them is looked
        up; one that exists still is, whoever else sits behind that address.
        """
        digest = hash_api_key(key, self._pepper)
        entry = self._cache.known_key(digest)
        if entry is not None:
            return entry
        if self.refusals.wait(neighbourhood(client())) and not await self._cache.exists(digest):
            return None
        return await self._cache.key(digest)

    def _check_network(self, entry: KeyEntry, address: str) -> None:
        """Refuse a key from elsewhere, also slower and slower: it may be a stolen one."""
        if not is_within(address, entry.networks or ()):
            self.refusals.note(neighbourhood(address))
            raise Forbidden(
                f"This API key may not be used from {address}. "
                "Its owner can allow this address under Keys in the dashboard."
            )


@lru_cache(maxsize=10)
def _reset_of(month: str) -> datetime:
    """Return when the month YYYY-MM ends."""
    return reset_date(datetime.fromisoformat(f"{month}-01T00:00:00+00:00"))
