"""Sending again, by the API."""

from datetime import UTC, datetime, timedelta

import pytest

from pingpilot_app.domain.channel import Channel
from pingpilot_app.storage.destinations import set_enabled


@pytest.fixture
def replay(client, tenant):
    """Replays an event."""

    def replay(event_id: str, body: dict | None = None, headers=tenant.headers):
        return client.post(f"/api/v1/events/{event_id}/replay", json=body or {}, headers=headers)

    return replay


def by_channel(event: dict) -> dict[str, dict]:
    return {delivery["channel"]: delivery for delivery in event["deliveries"]}


@pytest.fixture
async def failed(instance, send, settled) -> str:
    """An event whose mail was refused for good."""
    instance.sandbox.fail(Channel.EMAIL, "code:554", 1)
    event_id = await send()
    assert (await settled(event_id))["status"] == "FAILED"
    return event_id


async def test_the_failed_channel_alone_is_sent_again(failed, replay, settled, instance):
    answer = await replay(failed)
    assert answer.status_code == 202
    assert answer.json() == {"message": "Replay started", "eventId": failed, "deliveries": 1}
    event = await settled(failed)
    assert event["status"] == "DELIVERED"
    assert instance.sandbox.inbox.counts() == {"discord": 1, "telegram": 1, "email": 1}


async def test_earlier_attempts_stay_in_the_log(failed, replay, settled):
    await replay(failed)
    mail = by_channel(await settled(failed))["email"]
    assert [entry["outcome"] for entry in mail["log"]] == ["PERMANENT", "DELIVERED"]
    assert mail["attempts"] == 1  # of this round


async def test_a_replay_does_not_count_against_the_quota(failed, replay, client, tenant, settled):
    async def used():
        return (await client.get("/api/v1/quota", headers=tenant.headers)).json()["eventsUsed"]

    before = await used()
    await replay(failed)
    await settled(failed)
    assert await used() == before


async def test_a_delivered_channel_is_sent_again_when_it_is_named(send, settled, replay, instance):
    event_id = await send()
    await settled(event_id)
    assert (await replay(event_id, {"channels": ["discord", "telegram"]})).status_code == 202
    await settled(event_id)
    # The repeat has a nonce of its own, or Discord would drop it.
    assert instance.sandbox.inbox.counts() == {"discord": 2, "telegram": 2, "email": 1}


async def test_without_a_failure_and_without_channels_it_is_a_conflict(send, settled, replay):
    event_id = await send()
    await settled(event_id)
    answer = await replay(event_id)
    assert answer.status_code == 409
    assert "Name the channels" in answer.json()["message"]


async def test_a_channel_that_is_off_is_refused_by_name(failed, replay, instance, tenant):
    account = tenant.account_id
    await instance.writer.run(
        account, set_enabled, account, Channel.EMAIL, False, datetime.now(UTC)
    )
    answer = await replay(failed)
    assert answer.status_code == 422
    assert "Email is switched off" in answer.json()["message"]


@pytest.mark.parametrize(
    "body", [{"channels": ["fax"]}, {"channels": "discord"}, {"chanels": []}, {"channels": [1]}]
)
async def test_nonsense_is_refused(failed, replay, body):
    assert (await replay(failed, body)).status_code == 422


async def test_another_accounts_event_is_not_there(failed, replay, open_tenant):
    stranger = await open_tenant("eve@example.org")
    answer = await replay(failed, headers=stranger.headers)
    assert answer.status_code == 404


async def test_a_body_is_not_needed(failed, client, tenant, settled):
    answer = await client.post(f"/api/v1/events/{failed}/replay", headers=tenant.headers)
    assert answer.status_code == 202


class TestAllFailuresSinceATime:
    """Counted first."""

    @pytest.fixture
    def since(self, client, tenant):
        def since(headers=tenant.headers, **body):
            hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
            given = {"since": hour_ago} | body
            return client.post("/api/v1/events/replay", json=given, headers=headers)

        return since

    async def test_a_dry_run_counts_and_starts_nothing(self, failed, since, settled):
        answer = await since(dryRun=True)
        assert answer.json() == {"deliveries": 1, "events": 1, "held": 0, "started": False}
        assert (await settled(failed))["status"] == "FAILED"

    async def test_it_sends_them_again(self, failed, since, settled):
        assert (await since()).json() == {"deliveries": 1, "events": 1, "held": 0, "started": True}
        assert (await settled(failed))["status"] == "DELIVERED"

    async def test_channels_and_times_choose(self, failed, since):
        assert (await since(channels=["discord"])).json()["deliveries"] == 0
        later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        assert (await since(since=later)).json()["deliveries"] == 0

    async def test_other_accounts_failures_are_not_counted(self, failed, since, open_tenant):
        stranger = await open_tenant("eve@example.org")
        assert (await since(headers=stranger.headers)).json()["deliveries"] == 0

    async def test_a_time_without_a_zone_is_refused(self, since):
        answer = await since(since="2026-03-06T10:30:00")
        assert answer.status_code == 422
        assert "time zone" in answer.json()["message"]

    @pytest.mark.parametrize(
        "moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "yesterday", [True]]
    )
    async def test_a_time_outside_the_calendar_is_refused(self, since, moment):
        assert (await since(since=moment)).status_code == 422

    async def test_what_failed_by_a_channel_that_is_off_is_counted_apart(
        self, failed, since, instance, tenant
    ):
        account = tenant.account_id
        await instance.writer.run(
            account, set_enabled, account, Channel.EMAIL, False, datetime.now(UTC)
        )
        answer = (await since(dryRun=True)).json()
        assert (answer["deliveries"], answer["held"]) == (0, 1)

    async def test_no_channel_at_all_is_refused(self, since):
        assert (await since(channels=[])).status_code == 422
