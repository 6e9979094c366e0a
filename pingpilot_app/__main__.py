"""The command line: `python -m pingpilot_app`."""

import click

from pingpilot_app.commands import (
    audit,
    doctor,
    encryption,
    integration,
    keys,
    members,
    server,
    sign_out,
    tenant,
    upkeep,
)
from pingpilot_app.version import VERSION


@click.group()
@click.version_option(VERSION, message="PingPilot %(version)s")
def main() -> None:
    """PingPilot: events of your integrations to Discord, Telegram and email."""


for command in (
    *(server.serve, server.api, server.web, server.worker, server.migrate),
    *(tenant.account, members.member, keys.key, tenant.category, tenant.channel),
    *(integration.send, integration.tail, integration.replay),
    *(audit.audit, doctor.doctor, upkeep.backup, upkeep.restore, upkeep.seed),
    encryption.encryption,
):
    main.add_command(command)

tenant.account.add_command(sign_out.sign_out)

if __name__ == "__main__":
    main(prog_name="python -m pingpilot_app")
