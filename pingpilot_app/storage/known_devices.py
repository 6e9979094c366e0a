"""Browsers that people have signed in with before, by the hash of a cookie that they keep.

https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, exists, insert, select, update

from pingpilot_app.storage.tables import known_devices

KEPT = timedelta(days=400)  # since it was last seen; browsers keep no cookie for longer
DEVICES_MAX = 50  # of one person; those go that were not seen for longest
BATCH = 500


def is_known(connection: Connection, user_id: str, device: bytes) -> bool:
    """Tell whether the user has signed in with this browser before."""
    here = (known_devices.c.user_id == user_id, known_devices.c.hash == device)
    return bool(connection.execute(select(exists().where(*here))).scalar_one())


def meet_device(
    connection: Connection, user_id: str, old: bytes, fresh: bytes, now: datetime
) -> bool:
    """Note that the user signs in with a browser; tell whether they did before.

    One that is new to them gets a `fresh` cookie, by which everybody who has signed in with it
    knows it from now on: a cookie that somebody else planted in it would be known to him, too.
    """
    here = (known_devices.c.user_id == user_id, known_devices.c.hash == old)
    if connection.execute(update(known_devices).where(*here).values(seen_at=now)).rowcount:
        return True
    others = known_devices.c.hash == old  # without an index: who is new comes seldom
    connection.execute(update(known_devices).where(others).values(hash=fresh))
    new = {"user_id": user_id, "hash": fresh, "created_at": now, "seen_at": now}
    connection.execute(insert(known_devices).values(new))
    _keep_latest(connection, user_id)
    return False


def _keep_latest(connection: Connection, user_id: str) -> None:
    mine = known_devices.c.user_id == user_id
    latest = select(known_devices.c.hash).where(mine).order_by(known_devices.c.seen_at.desc())
    older = connection.execute(latest.offset(DEVICES_MAX).limit(DEVICES_MAX)).scalars().all()
    if older:
        connection.execute(delete(known_devices).where(mine, known_devices.c.hash.in_(older)))


def forget_devices(connection: Connection, user_id: str, but: bytes = b"") -> None:
    """Know none of the user's browsers any more, except the one with the cookie `but`."""
    others = (known_devices.c.user_id == user_id, known_devices.c.hash != but)
    connection.execute(delete(known_devices).where(*others))


def delete_unseen_devices(connection: Connection, now: datetime) -> int:
    """Delete some browsers that were not seen for long; return how many."""
    old = known_devices.c.seen_at < now - KEPT
    some = select(known_devices.c.hash).where(old).limit(BATCH)
    gone = delete(known_devices).where(old, known_devices.c.hash.in_(some))
    return connection.execute(gone).rowcount
