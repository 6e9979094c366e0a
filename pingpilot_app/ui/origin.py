"""Whether a request comes from a page of ours: the defence against other sites' forms.

https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from pingpilot_app.settings import Settings


def is_own_origin(origin: str | None, host: str | None, settings: Settings) -> bool:
    """Tell whether `origin` (scheme://host:port) is PUBLIC_URL's or the one asked at `host`."""
    if not origin:
        return False
    parts = urlsplit(origin)
    if (parts.scheme, parts.netloc) == urlsplit(settings.public_url)[:2]:
        return True
    return parts.scheme in ("http", "https") and bool(host) and parts.netloc == host


def is_own_form(headers: Mapping[str, str], settings: Settings) -> bool:
    """Tell whether a POST was sent by a page of ours, by its Origin or else its Referer."""
    origin = headers.get("origin") or headers.get("referer")
    return is_own_origin(origin, headers.get("host"), settings)
