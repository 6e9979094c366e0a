"""The network under httpx: verified TLS, time-outs, connections that the server closed."""

import asyncio
import ssl
from contextlib import suppress

import httpx
import pytest

from pingpilot_app.senders.network import AsyncioTransport

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
async def serve():
    """Serves one behaviour on a free port of loopback and returns its URL."""
    servers: list[asyncio.Server] = []
    writers: list[asyncio.StreamWriter] = []

    async def serve(behave, tls: ssl.SSLContext | None = None) -> str:
        async def handle(reader, writer) -> None:
            writers.append(writer)
            with suppress(asyncio.IncompleteReadError):
                await behave(reader, writer)
            writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
        servers.append(server)
        scheme = "https" if tls else "http"
        return f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/"

    yield serve
    for server in servers:
        server.close()
    for writer in writers:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


@pytest.fixture
async def client():
    async with httpx.AsyncClient(transport=AsyncioTransport(4, 30)) as client:
        yield client


async def answer_and_keep(reader, writer) -> None:
    while await reader.readuntil(b"\r\n\r\n"):
        writer.write(ANSWER)


async def answer_and_close(reader, writer) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(ANSWER)


async def say_nothing(reader, writer) -> None:
    await reader.read()


async def test_a_connection_is_kept(client, serve):
    peers = []

    async def note_peer(reader, writer):
        peers.append(writer.get_extra_info("peername"))
        await answer_and_keep(reader, writer)

    url = await serve(note_peer)
    for _ in range(3):
        assert (await client.get(url)).text == "ok"
    assert len(peers) == 1


async def test_a_connection_that_the_server_closed_is_not_used_again(client, serve):
    url = await serve(answer_and_close)
    for _ in range(3):
        assert (await client.get(url)).text == "ok"


async def test_silence_is_a_time_out(client, serve):
    url = await serve(say_nothing)
    with pytest.raises(httpx.ReadTimeout):
        await client.get(url, timeout=0.05)


async def test_a_closed_port_is_a_connect_error(client, free_ports):
    with pytest.raises(httpx.ConnectError):
        await client.get(f"http://127.0.0.1:{free_ports()}/")


async def test_a_certificate_that_nobody_signed_is_refused(client, serve, certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    url = await serve(answer_and_close, context)
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        await client.get(url)


async def test_a_trusted_certificate_is_taken(serve, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    url = await serve(answer_and_close, context)
    async with httpx.AsyncClient(transport=AsyncioTransport(4, 30)) as trusting:
        assert (await trusting.get(url)).text == "ok"
