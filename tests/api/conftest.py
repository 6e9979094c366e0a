"""What the API's tests share."""

from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from pingpilot_app.domain.channel import Channel
from pingpilot_app.storage import destinations
from pingpilot_app.storage.tables import ApiKey


@pytest.fixture
def switch(instance):
    """Switches a channel of a tenant on or off."""

    async def switch(tenant, channel: str, *, on: bool) -> None:
        await instance.writer.run(
            tenant.account_id,
            destinations.set_enabled,
            tenant.account_id,
            Channel(channel),
            on,
            datetime.now(UTC),
        )

    return switch


@pytest.fixture
def set_address(instance):
    """Sets, unsets or unverifies the address of a tenant's channel."""

    async def set_address(tenant, channel: str, address: str | None, *, verified: bool) -> None:
        await instance.writer.run(
            tenant.account_id,
            destinations.set_address,
            tenant.account_id,
            Channel(channel),
            datetime.now(UTC),
            label=address,
            address=address,
            verified=verified,
        )

    return set_address


@pytest.fixture
def expire_key(instance):
    """Lets a tenant's key expire."""

    def expire(connection, key_id: str) -> None:
        past = datetime(2020, 1, 1, tzinfo=UTC)
        connection.execute(update(ApiKey).where(ApiKey.id == key_id).values(expires_at=past))

    async def expire_key(tenant) -> None:
        await instance.writer.run(tenant.account_id, expire, tenant.key_id)

    return expire_key


@pytest.fixture
def read_only(instance):
    """Makes the database refuse every write for a while."""

    @contextmanager
    def read_only():
        connection = instance.database.write_engine.raw_connection()
        connection.execute("PRAGMA query_only=ON")
        connection.close()  # back to the pool: the writer gets this one
        yield
        connection = instance.database.write_engine.raw_connection()
        connection.execute("PRAGMA query_only=OFF")
        connection.close()

    return read_only
