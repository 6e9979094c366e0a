"""`serve`, `api`, `web`, `worker`, `migrate`: what runs PingPilot."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import click
import uvloop
from dotenv import load_dotenv

from pingpilot_app.api.server import run_api
from pingpilot_app.commands.store import data_lock, load_settings
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.logs import set_up_logging
from pingpilot_app.settings import Role, Settings, SettingsError
from pingpilot_app.storage import migrations
from pingpilot_app.storage.database import open_database

ROOT = Path(__file__).resolve().parents[2]


@click.command()
def migrate() -> None:
    """Bring the database to the schema of this version."""
    database = open_database(load_settings())
    try:
        migrations.upgrade(database)
    finally:
        database.close()
    click.echo("The database has the schema of this version.")


@click.command()
@click.pass_context
def serve(context: click.Context) -> None:
    """Run everything in one process on one port: dashboard, API, worker, sandbox if needed."""
    context.invoke(migrate)
    _run_dashboard(Role.ALL)


@click.command()
def web() -> None:
    """Run the dashboard and the API; a `worker` beside it delivers."""
    _run_dashboard(Role.WEB)


def _run_dashboard(role: Role) -> None:
    configured = load_settings()
    _check_free(configured, role)
    click.echo("Building the dashboard, which takes a few seconds …")
    load_dotenv(Path.cwd() / ".env")  # the server is started in another folder
    os.environ["DATA_DIR"] = str(configured.data_dir.resolve())
    os.environ["PINGPILOT_ROLE"] = role.value
    os.chdir(ROOT)
    port = str(configured.port)
    # Reflex owns the process that serves its pages; PingPilot lives in its lifespan.
    os.execv(  # noqa: S606  # our own interpreter, no shell
        sys.executable,
        [
            *(sys.executable, "-m", "reflex", "run", "--env", "prod"),
            *("--backend-host", configured.host, "--backend-port", port, "--frontend-port", port),
        ],
    )


def _check_free(configured: Settings, role: Role) -> None:
    """Refuse before anything is built: a running dashboard is served from the same build."""
    if role.works:
        with data_lock(configured):
            pass  # the server takes it itself
    family = socket.AF_INET6 if ":" in configured.host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((configured.host, configured.port))
    except OSError as exc:
        raise click.ClickException(
            f"PORT {configured.port} on HOST {configured.host} cannot be used: {exc.strerror}. "
            "Stop what uses it, or set another."
        ) from exc


@click.command()
def api() -> None:
    """Run the API alone, without the dashboard; a `worker` beside it delivers."""
    configured = load_settings().model_copy(update={"pingpilot_role": Role.API})
    run_api(configured)


@click.command()
def worker() -> None:
    """Deliver what the other processes accept."""
    configured = load_settings().model_copy(update={"pingpilot_role": Role.WORKER})
    set_up_logging(configured)
    uvloop.run(_work(configured))


async def _work(configured: Settings) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    instance = Instance(configured)
    try:
        await instance.start()
    except SettingsError as exc:
        raise click.ClickException(str(exc)) from exc
    click.echo("Delivering.")
    await stopped.wait()
    await instance.stop()
