"""One attempt: sending, and what its outcome means for the delivery."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import random

from pingpilot_app.delivery.policy import Policy
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.claim_button import button_of
from pingpilot_app.domain.event import DeliveryStatus, Outcome
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.ids import new_id
from pingpilot_app.domain.message import Message
from pingpilot_app.domain.message.message import Standing
from pingpilot_app.senders.reason import REASON_MAX
from pingpilot_app.senders.sender import Destination, Receipt, Scope, Sender, SendError
from pingpilot_app.storage.attempts import RecordAttempt
from pingpilot_app.storage.deliveries import Job
from pingpilot_app.storage.destinations import LOCKED
from pingpilot_app.storage.message_edits import Shown

logger = logging.getLogger(__name__)

SEND_TIMEOUT = 70.0  # seconds; longer than one exchange with a provider, shorter than the lease

_POSSIBLY = " (possibly delivered: the message had gone out)"
_NONCE_MAX = 25  # characters that Discord takes

Result = Receipt | SendError


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was tried, when (`at`), how long it took (`ms`) and what came back."""

    job: Job
    at: datetime
    ms: int
    result: Result
    tried: bool = True  # False: it was refused here, the provider was not asked


async def attempt(
    job: Job, senders: Mapping[Channel, Sender], public_url: str, at: datetime
) -> Attempt:
    """Try the delivery once. A cancellation is an outcome too, for the message may be out."""
    clock = time.perf_counter()
    result = await _send(job, senders.get(job.channel), public_url)
    return Attempt(job, at, round((time.perf_counter() - clock) * 1000), result)


def refused(job: Job, failure: Failure, at: datetime, reason: str | None = None) -> Attempt:
    """Return the outcome of a delivery that need not be tried; `reason` is the provider's."""
    words = reason or job.destination.broken_reason if failure is Failure.BROKEN else None
    error = SendError(words or _NOT_TRIED[failure], failure=failure, permanent=True)
    return Attempt(job, at, 0, error, tried=False)


_NOT_TRIED = {
    Failure.BROKEN: "refused for good before",
    Failure.KEY_LOST: LOCKED,
    Failure.SWITCHED_OFF: "not tried: the channel is off",
    Failure.NOT_VERIFIED: "not tried: there is no verified address",
}


async def _send(job: Job, sender: Sender | None, public_url: str) -> Result:
    if sender is None:
        words = f"{job.channel.label} is not set up on this PingPilot"
        return SendError(words, failure=Failure.NOT_CONFIGURED, permanent=False)
    where = job.destination
    target = Destination(where.id, where.address or "", dict(where.state))
    try:
        async with asyncio.timeout(SEND_TIMEOUT):
            return await sender.send(message_of(job, public_url), target, nonce_of(job))
    except SendError as error:
        return error
    except TimeoutError:
        return _ambiguous("no answer in time", Failure.NO_ANSWER)
    except asyncio.CancelledError:
        return _ambiguous("PingPilot was stopped while it was sending", Failure.STOPPED)
    except Exception:
        logger.exception("sending delivery %s failed", job.delivery_id)
        words = "PingPilot failed to send this; see its log"
        return SendError(words, failure=Failure.OUR_FAULT, permanent=False)


def _ambiguous(reason: str, failure: Failure) -> SendError:
    return SendError(reason, failure=failure, permanent=False, possibly_delivered=True)


def nonce_of(job: Job) -> str:
    """Return what the provider may tell repeats by: the same for every try of one round."""
    whole = job.delivery_id.removeprefix("dlv_") + (f".{job.replays}" if job.replays else "")
    return whole[-_NONCE_MAX:]


def message_of(job: Job | Shown, public_url: str, standing: Standing | None = None) -> Message:
    """Return what is sent; somebody who has the event already is not asked for."""
    asks = job.acknowledge and standing is None
    return Message(
        event_id=job.event_id,
        category=job.category,
        emoji=job.emoji,
        color=job.color,
        description=job.description,
        fields=job.fields,
        created_at=job.created_at,
        url=f"{public_url}/events/{job.event_id}",
        button=button_of(job.account_id, job.event_id) if asks else "",
        standing=standing,
    )


def to_record(attempt: Attempt, policy: Policy) -> RecordAttempt:
    """Return what to write down of an attempt."""
    job, result = attempt.job, attempt.result
    error = result if isinstance(result, SendError) else None
    counts = attempt.tried and (error is None or _counts(error))
    attempts = job.attempts + (1 if counts else 0)
    wait = _wait(error, attempts, counts, policy) if error else None
    ended = attempt.at + timedelta(milliseconds=attempt.ms)
    return RecordAttempt(
        attempt_id=new_id("att") if attempt.tried else None,
        account_id=job.account_id,
        event_id=job.event_id,
        delivery_id=job.delivery_id,
        destination_id=job.destination.id,
        channel=job.channel,
        address=job.destination.address,
        created_at=job.created_at,
        attempts=attempts,
        replay=job.replays,
        at=attempt.at,
        ms=attempt.ms,
        outcome=_outcome(result),
        status=_status(result, wait),
        failure=error.failure if error else None,
        provider_code=error.code if error else None,
        message=_words(result),
        next_attempt_at=ended + wait if wait is not None else None,
        state=result.state,
        new_address=result.address,
        breaks=attempt.tried and error is not None and breaks_destination(error),
        user_id=job.destination.user_id,
        reference=result.reference if isinstance(result, Receipt) and result.editable else None,
    )


def breaks_destination(error: SendError) -> bool:
    """Tell whether nothing will ever arrive at the destination as it is."""
    return error.permanent and error.scope is Scope.DESTINATION


def _counts(error: SendError) -> bool:
    """Tell whether the attempt uses one up; it does not where the provider made us wait."""
    return error.permanent or (error.retry_after is None and error.scope is not Scope.PROVIDER)


def _wait(error: SendError, attempts: int, counts: bool, policy: Policy) -> timedelta | None:
    if error.permanent:
        return None
    if not counts:
        return timedelta(seconds=policy.stop if error.retry_after is None else error.retry_after)
    jitter = random()  # noqa: S311  # spreads load, keeps no secret
    return policy.schedule.after(attempts, jitter=jitter, retry_after=error.retry_after)


def _outcome(result: Result) -> Outcome:
    if isinstance(result, Receipt):
        return Outcome.DELIVERED
    return Outcome.PERMANENT if result.permanent else Outcome.TRANSIENT


def _status(result: Result, wait: timedelta | None) -> DeliveryStatus:
    if isinstance(result, Receipt):
        return DeliveryStatus.DELIVERED
    return DeliveryStatus.FAILED if wait is None else DeliveryStatus.PENDING


def _words(result: Result) -> str:
    if isinstance(result, Receipt):
        return f"taken as {result.reference}"
    if not result.possibly_delivered:
        return result.reason
    return f"{result.reason[: REASON_MAX - len(_POSSIBLY)]}{_POSSIBLY}"
