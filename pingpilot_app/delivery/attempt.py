"""What an attempt came to, and where that leaves its delivery."""

from datetime import datetime, timedelta

from pingpilot_app.domain.event import DeliveryStatus, Outcome
from pingpilot_app.domain.ids import new_id
from pingpilot_app.domain.retry import RetrySchedule
from pingpilot_app.senders.sender import Receipt, Scope, SendError
from pingpilot_app.storage.deliveries import Job, RecordAttempt

PROVIDER_WAIT = 60.0  # seconds, where our own credentials are refused


def to_record(
    job: Job, result: Receipt | SendError, at: datetime, ms: int, schedule: RetrySchedule
) -> RecordAttempt:
    """Return what to write down of an attempt that began `at` and took `ms` milliseconds."""
    receipt = result if isinstance(result, Receipt) else None
    error = result if isinstance(result, SendError) else None
    counts = error is None or _counts(error)
    attempts = job.attempts + (1 if counts else 0)
    wait = _wait(error, attempts, counts, schedule) if error else None
    return RecordAttempt(
        attempt_id=new_id("att"),
        account_id=job.account_id,
        event_id=job.event_id,
        delivery_id=job.delivery_id,
        destination_id=job.destination_id,
        attempts=attempts,
        at=at,
        ms=ms,
        outcome=_outcome(result),
        status=_status(result, wait),
        provider_code=error.code if error else None,
        message=_words(result),
        next_attempt_at=at + timedelta(milliseconds=ms) + wait if wait is not None else None,
        state=receipt.state if receipt else None,
        address=receipt.address if receipt else None,
    )


def _counts(error: SendError) -> bool:
    """Tell whether the attempt uses one up; it does not where the provider made us wait."""
    return error.permanent or (error.retry_after is None and error.scope is not Scope.PROVIDER)


def _wait(
    error: SendError, attempts: int, counts: bool, schedule: RetrySchedule
) -> timedelta | None:
    if error.permanent:
        return None
    if not counts:
        return timedelta(seconds=error.retry_after or PROVIDER_WAIT)
    return schedule.after(attempts, error.retry_after)


def _outcome(result: Receipt | SendError) -> Outcome:
    if isinstance(result, Receipt):
        return Outcome.DELIVERED
    return Outcome.PERMANENT if result.permanent else Outcome.TRANSIENT


def _status(result: Receipt | SendError, wait: timedelta | None) -> DeliveryStatus:
    if isinstance(result, Receipt):
        return DeliveryStatus.DELIVERED
    return DeliveryStatus.FAILED if wait is None else DeliveryStatus.PENDING


def _words(result: Receipt | SendError) -> str:
    if isinstance(result, Receipt):
        return f"taken as {result.reference}"
    if result.possibly_delivered:
        return f"{result.reason} (possibly delivered: the message had gone out)"
    return result.reason
