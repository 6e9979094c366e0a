"""A message as an email: subject, plain text, HTML."""

from html import escape

from pingpilot_app.domain.category import color_hex
from pingpilot_app.domain.message.message import Message, value_text

SUBJECT = "PingPilot Alert"

_HTML = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light"><title>{subject}</title></head>
<body style="margin:0;padding:24px;background:#f4f4f5;color:#18181b;\
font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" \
style="max-width:560px;background:#ffffff;border-radius:8px;overflow:hidden">
<tr><td style="padding:16px 24px;background:{color};color:{ink};font-size:20px;\
font-weight:600;overflow-wrap:anywhere">{title}</td></tr>
<tr><td style="padding:24px 24px 8px;white-space:pre-wrap;overflow-wrap:anywhere">\
{description}</td></tr>
{fields}
<tr><td style="padding:16px 24px;color:#52525b;font-size:14px">{timestamp}</td></tr>
<tr><td style="padding:0 24px 24px"><a href="{url}" style="color:#1d4ed8">\
Open this event in PingPilot</a></td></tr>
{claim}</table></td></tr></table></body></html>
"""

_CLAIM = """<tr><td style="padding:0 24px 24px"><a href="{url}" style="display:inline-block;\
padding:10px 20px;border-radius:6px;background:#1d4ed8;color:#ffffff;font-weight:600;\
text-decoration:none">I&#x27;m on it</a></td></tr>
"""

_TABLE = """<tr><td style="padding:8px 24px"><table width="100%" cellpadding="0" cellspacing="0" \
style="border-collapse:collapse;font-size:14px">{rows}</table></td></tr>"""

_ROW = """<tr><th scope="row" align="left" valign="top" style="padding:8px 16px 8px 0;\
border-top:1px solid #e4e4e7;color:#52525b;font-weight:500;overflow-wrap:anywhere">{name}</th>\
<td valign="top" style="padding:8px 0;border-top:1px solid #e4e4e7;white-space:pre-wrap;\
overflow-wrap:anywhere">{value}</td></tr>"""


def render_text(message: Message) -> str:
    """Return the plain-text twin of the HTML part."""
    lines = [message.title, "", message.description, ""]
    lines += [f"{name}: {value_text(value)}" for name, value in message.fields.items()]
    if message.fields:
        lines.append("")
    claim = [f"I'm on it: {message.claim_url}"] if message.claim_url else []
    return "\n".join([*lines, message.timestamp, message.url, *claim, ""])


def render_html(message: Message) -> str:
    """Return the HTML part, coloured by the category."""
    rows = "".join(
        _ROW.format(name=escape(name), value=escape(value_text(value)))
        for name, value in message.fields.items()
    )
    return _HTML.format(
        subject=SUBJECT,
        color=color_hex(message.color),
        ink=readable_ink(message.color),
        title=escape(message.title),
        description=escape(message.description),
        fields=_TABLE.format(rows=rows) if rows else "",
        timestamp=message.timestamp,
        url=escape(message.url),
        claim=_CLAIM.format(url=escape(message.claim_url)) if message.claim_url else "",
    )


def readable_ink(color: int) -> str:
    """Return black or white, whichever reads better on `color` (always ≥ 4.5:1)."""
    return "#000000" if contrast(color, 0x000000) >= contrast(color, 0xFFFFFF) else "#ffffff"


def contrast(one: int, other: int) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2), 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: int) -> float:
    red, green, blue = (_linear((color >> shift & 255) / 255) for shift in (16, 8, 0))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
