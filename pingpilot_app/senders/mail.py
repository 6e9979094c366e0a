"""One alert, or one letter, as a MIME message of the `emails` package."""

import re
from email.message import Message as Mime
from email.policy import Compat32
from email.utils import format_datetime

from emails.message import Message as Mail

from pingpilot_app.domain.letter import Letter
from pingpilot_app.domain.letter import render_html as letter_html
from pingpilot_app.domain.letter import render_text as letter_text
from pingpilot_app.domain.message import Message
from pingpilot_app.domain.message.email import SUBJECT, render_html, render_text

# Any of these can end a header or confuse a server: `a\x0bhello` broke out of the header block.
_UNFIT_HEADER = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_LINE_MAX = 76  # characters of a header that needs no folding
_UNFIT_BODY = re.compile("[\ud800-\udfff]")


class _QuickFold(Compat32):
    """The library's policy, without taking apart what fits on a line: a third of a mail's cost."""

    def fold_binary(self, name: str, value: str) -> bytes:
        line = f"{name}: {value}"
        if len(line) <= _LINE_MAX and line.isascii() and line.isprintable():
            return f"{line}{self.linesep}".encode()
        return super().fold_binary(name, value)


_QUICK_FOLD = _QuickFold()


def build_mail(
    message: Message, mail_from: tuple[str, str], mail_to: str, nonce: str, unsubscribe: str
) -> Mail:
    """Return the mail for `message`: text and HTML, the same Message-ID for the same `nonce`.

    `mail_from` is (name, address), `unsubscribe` a URL that takes GET and POST (RFC 8058), or
    empty.
    """
    name, address = mail_from
    mail = Mail(
        subject=SUBJECT,
        mail_from=(header_text(name), address),
        mail_to=[(None, mail_to)],
        date=format_datetime(message.created_at),
        message_id=f"<{_token(nonce)}@{domain_of(address)}>",
        headers={
            "Auto-Submitted": "auto-generated",
            "X-Entity-Ref-ID": header_text(message.event_id),
            **_unsubscribing(unsubscribe),
        },
        text=_UNFIT_BODY.sub("\ufffd", render_text(message)),
        html=_UNFIT_BODY.sub("\ufffd", render_html(message)),
    )
    return _quick(mail)


def _unsubscribing(url: str) -> dict[str, str]:
    if not url:
        return {}
    post = "List-Unsubscribe=One-Click"
    return {"List-Unsubscribe": f"<{header_text(url)}>", "List-Unsubscribe-Post": post}


def build_letter(letter: Letter, mail_from: tuple[str, str], mail_to: str, nonce: str) -> Mail:
    """Return the mail for `letter`: text and HTML, the same Message-ID for the same `nonce`."""
    name, address = mail_from
    mail = Mail(
        subject=header_text(letter.subject),
        mail_from=(header_text(name), address),
        mail_to=[(None, mail_to)],
        date=format_datetime(letter.created_at),
        message_id=f"<{_token(nonce)}@{domain_of(address)}>",
        headers={"Auto-Submitted": "auto-generated"},
        text=_UNFIT_BODY.sub("\ufffd", letter_text(letter)),
        html=_UNFIT_BODY.sub("\ufffd", letter_html(letter)),
    )
    return _quick(mail)


def _quick(mail: Mail) -> Mail:
    mail.policy = _QUICK_FOLD  # type: ignore[assignment]  # the library types its own None
    mail.after_build = _set_boundaries
    return mail


def header_text(text: str) -> str:
    """Return `text` so that it stays inside one header."""
    return _UNFIT_HEADER.sub(" ", text).strip()


def domain_of(address: str) -> str:
    """Return the domain of an address as ASCII, `localhost` where it has none."""
    domain = address.rpartition("@")[2].strip()
    try:
        ascii_domain = domain.encode("idna").decode()
    except UnicodeError:
        return "localhost"
    return ascii_domain if re.fullmatch(r"[A-Za-z0-9.-]+", ascii_domain) else "localhost"


def _set_boundaries(_mail: Mail, mime: Mime) -> None:
    # Left alone, the library compiles a regular expression for each random boundary: a third of
    # the cost of a mail. `=_` cannot occur in the parts, which are base64.
    for number, part in enumerate(mime.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_pingpilot_{number}")


def _token(nonce: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "", nonce) or "pingpilot"
