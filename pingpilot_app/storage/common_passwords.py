"""Passwords that many people have used; common_passwords.txt says where they are from."""

from functools import cache
from pathlib import Path

_LIST = Path(__file__).with_name("common_passwords.txt")


@cache
def common_passwords() -> frozenset[str]:
    """Return some 40,000 passwords, lower case. Reads a file the first time: not on the loop."""
    return frozenset(ranked_passwords())


def ranked_passwords() -> list[str]:
    """Return the same, the most common first."""
    lines = _LIST.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]
