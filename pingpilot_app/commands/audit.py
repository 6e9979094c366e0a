"""`audit`: who changed what, when, from where."""

import json
from typing import Any

import click

from pingpilot_app.commands.store import load_settings, opened
from pingpilot_app.commands.whose import account_in
from pingpilot_app.domain.audit_words import act_sentence, detail_text
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.domain.role import Right
from pingpilot_app.storage.audit import EntryView, list_entries


@click.command()
@click.argument("email", required=False)
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def audit(email: str | None, limit: int, as_json: bool) -> None:
    """Print who changed what, when and from where, newest first.

    In the account of EMAIL; without EMAIL, what concerns the whole instance.
    """
    with opened(load_settings()) as connection:
        account_id = account_in(connection, email, Right.ACTIVITY) if email else None
        entries = list_entries(connection, account_id, limit=limit)
    for entry in entries:
        click.echo(json.dumps(_json(entry), ensure_ascii=False) if as_json else _line(entry))
    if not entries and not as_json:
        click.echo("Nothing is written down yet.")


def _line(entry: EntryView) -> str:
    told = f"{entry.actor} {act_sentence(entry.action, entry.subject)}"
    parts = [iso_milliseconds(entry.at), entry.client or "-", told]
    text = "  ".join([*parts, detail_text(entry.detail)]).rstrip()
    # Control characters of a stranger's text must not steer the reader's terminal.
    return "".join(char if char.isprintable() else " " for char in text)


def _json(entry: EntryView) -> dict[str, Any]:
    return {
        "at": iso_milliseconds(entry.at),
        "actor": entry.actor,
        "action": entry.action.value,
        "subject": entry.subject,
        "detail": dict(entry.detail),
        "client": entry.client,
    }
