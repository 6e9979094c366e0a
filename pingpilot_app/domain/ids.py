"""Identifiers that sort by the time they were made."""

import os
import secrets
import struct
import threading
import time
from collections.abc import Iterator
from datetime import datetime

# Crockford's alphabet in lower case: ASCII order is numeric order, so text sorts as time does.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 26

_PAIRS = [high + low for high in ALPHABET for low in ALPHABET]
_POOL = 512  # random numbers fetched at once
_COUNTER_MAX = (1 << 12) - 1

_lock = threading.Lock()
_last_ms = 0
_counter = 0
_randoms: Iterator[int] = iter(())


def _refill() -> None:
    global _randoms
    _randoms = iter(struct.unpack(f">{_POOL}Q", os.urandom(8 * _POOL)))


def new_id(prefix: str) -> str:
    """Return `prefix_` and a UUIDv7 (RFC 9562) as 26 base32 characters.

    Ids of one process strictly ascend: 12 bits count within a millisecond
    (RFC 9562 section 6.2, method 1) and a clock that steps back is not followed.
    """
    return _text(prefix, *_tick())


def id_at(prefix: str, moment: datetime) -> str:
    """Return an id that sorts as if it had been made at `moment` (aware)."""
    return _text(prefix, int(moment.timestamp() * 1000), secrets.randbelow(_COUNTER_MAX))


def _text(prefix: str, ms: int, counter: int) -> str:
    value = _uuid7(ms, counter)
    pairs = [_PAIRS[(value >> shift) & 1023] for shift in range(120, -1, -10)]
    return f"{prefix}_{''.join(pairs)}"


def _uuid7(ms: int, counter: int) -> int:
    random = _random64() >> 2
    return ms << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | random


def _random64() -> int:
    # Every system call lets go of the interpreter lock, and beside a busy thread it takes
    # milliseconds to get it back: so one call fetches the randomness of many ids.
    try:
        return next(_randoms)
    except StopIteration:
        _refill()
        return _random64()


def _tick() -> tuple[int, int]:
    global _last_ms, _counter
    with _lock:
        now = time.time_ns() // 1_000_000
        if now > _last_ms:
            _last_ms, _counter = now, 0
        elif _counter < _COUNTER_MAX:
            _counter += 1
        else:
            _last_ms, _counter = _last_ms + 1, 0
        return _last_ms, _counter
