"""Which senders there are."""

from pingpilot_app.domain.channel import Channel
from pingpilot_app.senders import SENDERS, build_senders
from pingpilot_app.settings import Providers, SandboxMode, Settings, providers


def test_every_channel_has_a_row():
    assert set(SENDERS) == set(Channel)


def test_a_provider_that_is_absent_has_no_sender(client):
    none = Providers(discord=None, telegram=None, smtp=None)
    assert build_senders(none, lambda: client) == {}


async def test_the_sandbox_provides_all(client):
    settings = Settings(_env_file=None, sandbox=SandboxMode.ON)
    senders = build_senders(providers(settings), lambda: client)
    assert set(senders) == set(Channel)
    for sender in senders.values():
        await sender.close()
