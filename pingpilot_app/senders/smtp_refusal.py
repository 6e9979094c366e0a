"""What a failure to hand over a mail means.

Codes: RFC 5321 section 4.2, RFC 4954 section 6, RFC 3207 section 4.
"""

import re

import aiosmtplib

from pingpilot_app.domain.failure import Failure
from pingpilot_app.senders.http_exchange import is_insecure
from pingpilot_app.senders.reason import clean_reason
from pingpilot_app.senders.sender import Scope, SendError

_CREDENTIALS = frozenset({530, 534, 535})
_NEEDS_TLS = 538  # encryption required for this way to log in
_TOO_BIG = 552
_CLOSING = 421  # the server ends the connection

# The refused command → what a 5xx to it means. What is not here comes before any mail.
_BY_COMMAND: tuple[tuple[type[aiosmtplib.SMTPException], Failure], ...] = (
    (aiosmtplib.SMTPRecipientRefused, Failure.MAILBOX_REFUSED),
    (aiosmtplib.SMTPDataError, Failure.MESSAGE_REFUSED),
    (aiosmtplib.SMTPAuthenticationError, Failure.BAD_CREDENTIALS),
    (aiosmtplib.SMTPSenderRefused, Failure.SENDER_REFUSED),
    (aiosmtplib.SMTPHeloError, Failure.SENDER_REFUSED),
    (aiosmtplib.SMTPConnectResponseError, Failure.SENDER_REFUSED),
)

# Failure → how far it reaches. SENDER_REFUSED is the provider's and passes: EMAIL_FROM and our
# host are the same in every mail, so the next would be refused as this one, and all that wait
# arrive once the operator has put it right. Giving each up would lose them for one setting.
_SCOPES = {
    Failure.MAILBOX_REFUSED: Scope.DESTINATION,
    Failure.SENDER_REFUSED: Scope.PROVIDER,
    Failure.BAD_CREDENTIALS: Scope.PROVIDER,
    Failure.NOT_SECURE: Scope.PROVIDER,
}
_FOR_GOOD = frozenset({Failure.MAILBOX_REFUSED, Failure.MESSAGE_REFUSED})

# What a server has against us rather than against the recipient. Postfix says it at RCPT
# (smtpd_delay_reject); "relay recipient table" is its word for an unknown recipient.
_OF_US = re.compile(
    r"relay(?! recipient)|sender address|client host|helo command|\b5\.1\.[78]\b", re.IGNORECASE
)


def refusal(error: Exception, *, in_data: bool, password: str) -> SendError:
    """Return the SendError for what went wrong.

    `in_data` tells that the message was on its way, so that a silence proves nothing.
    """
    error = _first(error)
    if isinstance(error, aiosmtplib.SMTPResponseException) and 400 <= error.code < 600:
        return _replied(error, password)
    failure = _unanswered(error, in_data=in_data)
    return SendError(
        clean_reason(_words(error), password),
        failure=failure,
        permanent=False,
        scope=_SCOPES.get(failure, Scope.MESSAGE),
        possibly_delivered=in_data,
    )


def lost(error: Exception) -> bool:
    """Tell whether the server closed the connection, politely (421) or not."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return error.code == _CLOSING
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return any(refused.code == _CLOSING for refused in error.recipients)
    return isinstance(error, ConnectionError)


def _first(error: Exception) -> Exception:
    """Return the refusal itself, not what the library met while it cleaned up after it."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused) and error.recipients:
        return error.recipients[0]
    earlier = error.__context__
    while earlier is not None:
        if isinstance(earlier, aiosmtplib.SMTPResponseException):
            return earlier
        earlier = earlier.__context__
    return error


def _replied(error: aiosmtplib.SMTPResponseException, password: str) -> SendError:
    failure = _refused(error)
    return SendError(
        clean_reason(f"{error.code} {error.message}", password),
        failure=failure,
        permanent=failure in _FOR_GOOD,
        scope=_SCOPES.get(failure, Scope.MESSAGE),
        code=str(error.code),
    )


def _refused(error: aiosmtplib.SMTPResponseException) -> Failure:
    if error.code < 500:
        return Failure.TRY_LATER
    if error.code == _NEEDS_TLS or (error.code == 530 and "starttls" in error.message.lower()):
        return Failure.NOT_SECURE
    if error.code in _CREDENTIALS:
        return Failure.BAD_CREDENTIALS
    if isinstance(error, aiosmtplib.SMTPRecipientRefused) and _OF_US.search(error.message):
        return Failure.SENDER_REFUSED
    if isinstance(error, aiosmtplib.SMTPSenderRefused) and error.code == _TOO_BIG:
        return Failure.MESSAGE_REFUSED  # the size is announced with MAIL (RFC 1870)
    found = (failure for kind, failure in _BY_COMMAND if isinstance(error, kind))
    return next(found, Failure.NOT_SECURE)  # STARTTLS has no error of its own


def _unanswered(error: Exception, *, in_data: bool) -> Failure:
    if is_insecure(error) or is_insecure(error.__cause__):
        return Failure.NOT_SECURE
    # The library's bare error: the server offers no STARTTLS, or no login.
    if type(error) is aiosmtplib.SMTPException:
        return Failure.NOT_SECURE if "STARTTLS" in error.message else Failure.BAD_CREDENTIALS
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return Failure.NOT_ITS_API
    if isinstance(error, OSError | aiosmtplib.SMTPException):  # TimeoutError is an OSError
        return Failure.NO_ANSWER if in_data else Failure.UNREACHABLE
    return Failure.OUR_FAULT


def _words(error: Exception) -> str:
    cause = error.__cause__
    words = getattr(error, "message", None) or str(error) or str(cause or "")
    return f"The mail server could not be used: {words or type(error).__name__}"
