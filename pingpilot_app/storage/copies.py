"""Members' copies of an event, beside the account's deliveries that make its status."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus
from pingpilot_app.domain.failure import Failure
from pingpilot_app.storage.sessions import called
from pingpilot_app.storage.tables import deliveries, destinations, users


@dataclass(frozen=True, slots=True)
class CopyView:
    """A copy for one member. `label` is what they call the address, `error` what was said."""

    user_id: str
    name: str  # what colleagues see the member as
    channel: Channel
    label: str | None
    status: DeliveryStatus
    failure: Failure | None
    error: str | None


def list_copies(connection: Connection, account_id: str, event_id: str) -> list[CopyView]:
    """Return the copies of one event of the account, in the order they were begun."""
    query = (
        select(
            deliveries.c.user_id,
            users.c.name,
            users.c.email,
            deliveries.c.channel,
            destinations.c.label,
            deliveries.c.status,
            deliveries.c.failure,
            deliveries.c.error,
        )
        .join(users, users.c.id == deliveries.c.user_id)
        .outerjoin(destinations, destinations.c.id == deliveries.c.destination_id)
        .where(deliveries.c.account_id == account_id, deliveries.c.event_id == event_id)
        .order_by(deliveries.c.id)
    )
    return [
        CopyView(user_id, called(name, email), *rest)
        for user_id, name, email, *rest in connection.execute(query)
    ]
