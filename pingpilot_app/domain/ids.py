"""Identifiers that sort by the time they were made."""

import os
import secrets
import threading
import time
from bisect import bisect_left
from datetime import datetime

# Crockford's alphabet in lower case: ASCII order is numeric order, so text sorts as time does.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

_PAIRS = [high + low for high in ALPHABET for low in ALPHABET]
_DIGIT_OF_BYTE = bytes(ord(ALPHABET[byte & 31]) for byte in range(256))
_COUNTER_MAX = (1 << 12) - 1
_TAIL = 12  # characters of plain randomness, 60 bits
_POOL = 512  # tails that are fetched at once

_LAST = (1 << 62) + (1 << 61)  # of `order_of`; room to count on from it in 64 bits

_lock = threading.Lock()
_last_ms = 0
_counter = 0
_time_part = ""
_tails: list[str] = []


def new_id(prefix: str) -> str:
    """Return `prefix_` and a UUIDv7 (RFC 9562) as 26 base32 characters.

    Ids of one process strictly ascend: 12 bits count within a millisecond
    (RFC 9562 section 6.2, method 1) and a clock that steps back is not followed.
    """
    global _last_ms, _counter, _time_part
    with _lock:
        now = time.time_ns() // 1_000_000
        if now > _last_ms:
            _last_ms, _counter, _time_part = now, 0, _encoded_time(now)
        elif _counter < _COUNTER_MAX:
            _counter += 1
        else:
            _last_ms, _counter = _last_ms + 1, 0
            _time_part = _encoded_time(_last_ms)
        return f"{prefix}_{_time_part}{_encoded_counter(_counter)}{_random_tail()}"


def id_at(prefix: str, moment: datetime) -> str:
    """Return an id that sorts as if it had been made at `moment` (aware)."""
    time_part = _encoded_time(int(moment.timestamp() * 1000))
    counter = secrets.randbelow(_COUNTER_MAX)
    with _lock:
        return f"{prefix}_{time_part}{_encoded_counter(counter)}{_random_tail()}"


def first_id_at(prefix: str, moment: datetime) -> str:
    """Return what sorts before every id that is made from `moment` (aware) on."""
    return f"{prefix}_{_encoded_time(max(0, int(moment.timestamp() * 1000)))}"


def order_of(id_: str) -> int:
    """Return a number of 63 bits that grows with the time an id was made at.

    42 bits of milliseconds (until 2109), the counter, and 9 bits of randomness: ids of the same
    millisecond may share it, if rarely.
    """
    digits = id_.rpartition("_")[2]
    counter = _number(digits[10:14]) >> 4 & _COUNTER_MAX
    return min(_number(digits[:10]) << 21 | counter << 9 | _number(digits[14:16]) >> 1, _LAST)


def order_at(moment: datetime) -> int:
    """Return the lowest `order_of` of the ids that are made from `moment` (aware) on."""
    return min(max(0, int(moment.timestamp() * 1000)) << 21, _LAST)


def _number(digits: str) -> int:
    value = 0
    for digit in digits:
        value = value << 5 | min(bisect_left(ALPHABET, digit), 31)  # whatever a stranger sends
    return value


def _encoded_time(ms: int) -> str:
    """Return the leading 48 bits as ten characters; two zero bits fill them up."""
    return "".join(_PAIRS[ms >> shift & 1023] for shift in (40, 30, 20, 10, 0))


def _encoded_counter(counter: int) -> str:
    """Return version (7), counter and variant (0b10) as four characters, 20 bits.

    The last two bits are zero; RFC 9562 asks for no more randomness than the tail has.
    """
    value = 0x7 << 16 | counter << 4 | 0b10 << 2
    return _PAIRS[value >> 10] + _PAIRS[value & 1023]


def _random_tail() -> str:
    # Every system call lets go of the interpreter lock, and beside a busy thread it takes
    # milliseconds to get it back: so one call fetches the randomness of many ids.
    if not _tails:
        digits = os.urandom(_TAIL * _POOL).translate(_DIGIT_OF_BYTE).decode("ascii")
        _tails.extend(digits[at : at + _TAIL] for at in range(0, len(digits), _TAIL))
    return _tails.pop()
