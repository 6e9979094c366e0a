"""What a failure to hand over a mail means.

Codes: RFC 5321 section 4.2, RFC 4954 section 6.
"""

import ssl

import aiosmtplib

from pingpilot_app.senders.reason import clean_reason
from pingpilot_app.senders.sender import Scope, SendError

_CREDENTIALS = frozenset({530, 534, 535})
_CLOSING = 421  # the server ends the connection


def refusal(error: Exception, *, in_data: bool, password: str) -> SendError:
    """Return the SendError for what went wrong.

    `in_data` tells that the message was on its way, so that a silence proves nothing.
    """
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused) and error.recipients:
        return _replied(error.recipients[0], Scope.DESTINATION, password)
    if isinstance(error, aiosmtplib.SMTPResponseException) and 400 <= error.code < 600:
        return _replied(error, Scope.MESSAGE, password)
    return SendError(
        clean_reason(_words(error), password),
        permanent=False,
        scope=Scope.PROVIDER if _misconfigured(error) else Scope.MESSAGE,
        possibly_delivered=in_data,
    )


def lost(error: Exception) -> bool:
    """Tell whether the server closed the connection, politely (421) or not."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return error.code == _CLOSING
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return any(refused.code == _CLOSING for refused in error.recipients)
    return isinstance(error, ConnectionError)


def _replied(error: aiosmtplib.SMTPResponseException, scope: Scope, password: str) -> SendError:
    code = str(error.code)
    reason = clean_reason(f"{code} {error.message}", password)
    if error.code < 500:
        return SendError(reason, permanent=False, code=code)
    if error.code in _CREDENTIALS or not _about_mail(error):
        return SendError(reason, permanent=False, scope=Scope.PROVIDER, code=code)
    return SendError(reason, permanent=True, scope=scope, code=code)


def _about_mail(error: aiosmtplib.SMTPResponseException) -> bool:
    # Greeting, EHLO, STARTTLS and AUTH come before any mail: a refusal there is of us.
    return isinstance(
        error,
        aiosmtplib.SMTPSenderRefused | aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError,
    )


def _misconfigured(error: Exception) -> bool:
    if isinstance(error, ssl.SSLCertVerificationError) or isinstance(
        error.__cause__, ssl.SSLCertVerificationError
    ):
        return True
    # The library's bare error: the server offers no STARTTLS or no AUTH.
    return type(error) is aiosmtplib.SMTPException


def _words(error: Exception) -> str:
    cause = error.__cause__
    words = getattr(error, "message", None) or str(error) or str(cause or "")
    return f"The mail server could not be used: {words or type(error).__name__}"
