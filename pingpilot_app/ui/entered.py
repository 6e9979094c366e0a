"""What arrives with an event from the browser: anything at all, until it is checked."""

from datetime import UTC, datetime
from typing import Any

from pingpilot_app.domain.errors import Invalid, PingPilotError

TEXT_MAX = 1_000  # characters of one field of a form


def entered(form: object, name: str, *, longest: int = TEXT_MAX) -> str:
    """Return the text of one field of a form, cut to `longest`, empty where there is none."""
    value: Any = form.get(name) if isinstance(form, dict) else None
    return value.strip()[:longest] if isinstance(value, str) else ""


def is_ticked(form: object, name: str) -> bool:
    """Tell whether a checkbox of a form is ticked."""
    return isinstance(form, dict) and form.get(name) in (True, "on", "true")


def errors_of(refusal: PingPilotError, otherwise: str) -> dict[str, str]:
    """Return the sentence for each field that is wrong, or one for the field `otherwise`."""
    if isinstance(refusal, Invalid) and refusal.problems:
        return {problem.path: problem.message for problem in refusal.problems}
    return {otherwise: refusal.message}


def now() -> datetime:
    """Return the time, aware and UTC."""
    return datetime.now(UTC)
