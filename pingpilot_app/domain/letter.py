"""A mail about somebody's account, as text and as its HTML twin."""

from dataclasses import dataclass
from datetime import datetime
from html import escape


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail: sentences, then perhaps a link under the words `action`, then sentences."""

    subject: str
    paragraphs: tuple[str, ...]
    created_at: datetime
    action: str = ""
    url: str = ""
    closing: tuple[str, ...] = ()


def render_text(letter: Letter) -> str:
    """Return the plain-text twin of the HTML part."""
    link = (f"{letter.action}:\n{letter.url}",) if letter.url else ()
    return "\n\n".join([*letter.paragraphs, *link, *letter.closing]) + "\n"


def render_html(letter: Letter) -> str:
    """Return the HTML part."""
    link = _LINK.format(url=escape(letter.url), action=escape(letter.action)) if letter.url else ""
    return _HTML.format(
        subject=escape(letter.subject),
        paragraphs="".join(_PARAGRAPH.format(text=escape(text)) for text in letter.paragraphs),
        link=link,
        closing="".join(_SMALL.format(text=escape(text)) for text in letter.closing),
    )


_HTML = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light"><title>{subject}</title></head>
<body style="margin:0;padding:24px;background:#f4f4f5;color:#18181b;\
font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" \
style="max-width:560px;background:#ffffff;border-radius:8px;overflow:hidden">
<tr><td style="padding:24px 24px 0;font-size:20px;font-weight:600">{subject}</td></tr>
<tr><td style="padding:8px 24px 24px;overflow-wrap:anywhere">{paragraphs}{link}{closing}</td></tr>
</table></td></tr></table></body></html>
"""
_PARAGRAPH = '<p style="margin:12px 0 0">{text}</p>'
_SMALL = '<p style="margin:12px 0 0;color:#52525b;font-size:14px">{text}</p>'
_LINK = (
    '<p style="margin:20px 0"><a href="{url}" style="display:inline-block;padding:10px 18px;'
    "border-radius:8px;background:#3a45b5;color:#ffffff;text-decoration:none;"
    'font-weight:600">{action}</a></p>'
    '<p style="margin:0;color:#52525b;font-size:14px">Or open {url}</p>'
)
