"""The command itself: options in, findings out, an exit status for scripts."""

import asyncio
import json
import shutil
import sys
import textwrap
from dataclasses import asdict

import click

from pingpilot_app.commands.doctor.examination import Wanted, examine
from pingpilot_app.commands.doctor.finding import Finding, State

_MARKS = {State.OK: "ok", State.NOTE: "note", State.BAD: "BAD"}
_INDENT = " " * 19
_NARROWEST = 60  # columns


@click.command()
@click.option("--account", help="Try all destinations of the account of this email address.")
@click.option("--no-messages", is_flag=True, help="Send no test messages, for runs by a clock.")
@click.option("--offline", is_flag=True, help="Look at settings and database alone.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array at the end.")
def doctor(account: str | None, no_messages: bool, offline: bool, as_json: bool) -> None:
    """Check settings, database, server, providers, destinations and clock; say what to mend.

    It changes nothing, but sends a real test message to destinations that are on. The exit status
    is 1 where something has to be mended; notes do not count.
    """
    if account and (no_messages or offline):
        raise click.UsageError(
            "--account says whose destinations are tried; drop the other option."
        )
    wanted = Wanted(account=account, messages=not (no_messages or offline), offline=offline)
    findings = asyncio.run(_examine(wanted, as_json))
    troubles = sum(finding.state is State.BAD for finding in findings)
    click.echo(_document(findings) if as_json else f"\n{_summary(troubles)}")
    if troubles:
        sys.exit(1)


async def _examine(wanted: Wanted, quiet: bool) -> list[Finding]:
    findings = []
    async for finding in examine(wanted):
        findings.append(finding)  # each is shown as soon as it is known
        if not quiet:
            click.echo(_line(finding))
    return findings


def _line(finding: Finding) -> str:
    """Wrap on a terminal; a file or a pipe gets one line for each finding."""
    line = f"{_MARKS[finding.state]:<5} {finding.part:<12} {finding.message}"
    if not sys.stdout.isatty():
        return line
    return textwrap.fill(
        line,
        max(shutil.get_terminal_size().columns, _NARROWEST),
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _summary(troubles: int) -> str:
    if not troubles:
        return "All is well."
    return f"{troubles} thing{'s' if troubles > 1 else ''} to mend."


def _document(findings: list[Finding]) -> str:
    return json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1)
