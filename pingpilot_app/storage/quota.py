"""How much of the month an account has used."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, exists, insert, or_, select, update

from pingpilot_app.storage.tables import events, quota_usage

Counters = dict[tuple[str, str], int]


def used(connection: Connection, account_id: str, month: str) -> int:
    """Return how many events the account has had accepted in `month` (YYYY-MM)."""
    query = select(quota_usage.c.used).where(
        quota_usage.c.account_id == account_id, quota_usage.c.month == month
    )
    return connection.execute(query).scalar_one_or_none() or 0


def ever_used(connection: Connection, account_id: str) -> bool:
    """Tell whether the account ever had an event, be it deleted since."""
    counted = exists().where(quota_usage.c.account_id == account_id, quota_usage.c.used > 0)
    kept = exists().where(events.c.account_id == account_id)
    return bool(connection.execute(select(or_(counted, kept))).scalar_one())


def lock_counters(connection: Connection, months: Sequence[tuple[str, str]]) -> Counters:
    """Return the counters of these (account, month), made where absent, locked until commit."""
    wanted = {
        "accounts": sorted({account for account, _ in months}),
        "months": sorted({month for _, month in months}),
    }
    rows = connection.execute(_LOCK, wanted)
    found = {(account, month): count for account, month, count in rows}
    missing = set(months) - found.keys()
    if missing:
        fresh = [{"account_id": account, "month": month, "used": 0} for account, month in missing]
        connection.execute(insert(quota_usage), fresh)
    return found | dict.fromkeys(missing, 0)


def store_counters(connection: Connection, counters: Counters) -> None:
    """Write counters that `lock_counters` gave."""
    changes = [
        {"account": account, "in_month": month, "count": count}
        for (account, month), count in counters.items()
    ]
    connection.execute(_STORE, changes)


# Built once: building a statement costs more than running it.
_LOCK = (
    select(quota_usage.c.account_id, quota_usage.c.month, quota_usage.c.used)
    .where(
        quota_usage.c.account_id.in_(bindparam("accounts", expanding=True)),
        quota_usage.c.month.in_(bindparam("months", expanding=True)),
    )
    .order_by(quota_usage.c.account_id, quota_usage.c.month)
    .with_for_update()
)
_STORE = (
    update(quota_usage)
    .where(
        quota_usage.c.account_id == bindparam("account"),
        quota_usage.c.month == bindparam("in_month"),
    )
    .values(used=bindparam("count"))
)
