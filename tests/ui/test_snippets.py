"""Code that is pasted: it runs, whatever the names in it are."""

import asyncio
import json
import re
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import select

from pingpilot_app.api.app import create_api
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.storage.tables import events
from pingpilot_app.ui.components.languages import LANGUAGES, Call, quoted
from tests.conftest import Tenant

SECONDS = 120  # Go compiles its standard library the first time

HOSTILE = "a'b\"c\\d`e$(exit 9)${F}\n\t\u2028\ufeff{{}}%s</script>é🐛"
_BUN = Path(sys.executable).with_name("bun")
COMMANDS = {  # how each is run; the file's name stands at the end
    "curl": ["sh"],
    "javascript": [shutil.which("node") or str(_BUN)],
    "python": [sys.executable],
    "go": ["go", "run"],
}
FILES = {"curl": "event.sh", "javascript": "event.mjs", "python": "event.py", "go": "main.go"}


@pytest.fixture
async def url(instance: Instance) -> AsyncIterator[str]:
    """Where the instance's API really listens."""
    config = uvicorn.Config(create_api(instance), log_level="error", ws="none", lifespan="off")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:  # takes connections from here on
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1/event"
        server.should_exit = True
        await serving


@asynccontextmanager
async def listening(asked: list[bytes]) -> AsyncIterator[int]:
    """Take one request as it comes over the wire, and answer it."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head.lower())
        asked.append(head + await reader.readexactly(int(length[1]) if length else 0))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture(params=[language.name for language in LANGUAGES])
def language(request: pytest.FixtureRequest) -> str:
    """Each language that this machine can run."""
    name = str(request.param)
    if shutil.which(COMMANDS[name][0]) is None:
        pytest.skip(f"nothing here runs {name}")
    return name


async def run(language: str, call: Call, folder: Path) -> str:
    """Run the code as it would be pasted and return what it prints."""
    code = next(one for one in LANGUAGES if one.name == language).write(call)
    path = folder / FILES[language]
    await asyncio.to_thread(path.write_text, code, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *COMMANDS[language],
        str(path),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), SECONDS)
    return output.decode()


async def test_what_is_pasted_sends_an_event(
    instance: Instance, tenant: Tenant, url: str, language: str, tmp_path: Path
) -> None:
    printed = await run(language, Call(url, tenant.key, "bug"), tmp_path)

    assert "Event processed successfully" in printed
    stored = await instance.database.read(lambda c: c.execute(select(events)).mappings().one())
    assert stored["description"] == "Checkout fails for carts over 100 items"
    assert list(stored["fields"].items()) == [("severity", "high"), ("carts", 3)]


async def test_a_key_that_is_refused_is_told(
    tenant: Tenant, url: str, language: str, tmp_path: Path
) -> None:
    printed = await run(language, Call(url, "pk_YOUR_KEY", "bug"), tmp_path)

    assert "Invalid API key" in printed


async def test_names_are_only_ever_text(language: str, tmp_path: Path) -> None:
    asked: list[bytes] = []
    async with listening(asked) as port:
        url = f"http://127.0.0.1:{port}/a'b\"c`d$(exit 9)\\e {{x,y}}/event"
        await run(language, Call(url, "pk_'\"`$(exit 9)\\", HOSTILE), tmp_path)

    head, _, body = asked[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /a'b%22c%60d$(exit%209)%5Ce%20%7Bx,y%7D/event HTTP/1.1\r\n")
    assert b"uthorization: Bearer pk_'\"`$(exit 9)\\\r\n" in head
    assert json.loads(body)["category"] == HOSTILE


def test_a_literal_holds_no_character_that_cannot_be_seen() -> None:
    assert quoted('a"\u2028\ufeff\x7f') == '"a\\"\\u2028\\ufeff\\u007f"'


@pytest.mark.skipif(shutil.which("gofmt") is None, reason="no Go here")
async def test_the_go_code_is_laid_out_as_gofmt_has_it(tmp_path: Path) -> None:
    code = LANGUAGES[-1].write(Call("http://localhost:8000/api/v1/event", "pk_YOUR_KEY", "bug"))
    process = await asyncio.create_subprocess_exec(
        "gofmt", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )

    formatted, _ = await process.communicate(code.encode())

    assert formatted.decode() == code
