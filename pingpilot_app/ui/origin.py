"""Which addresses this PingPilot answers at, and which pages may act in a visitor's name.

A browser sends the session's cookie with whatever any page asks of us, and says in `Origin` whose
page it was. Only pages of ours may change anything or open the websocket. "Ours" is PUBLIC_URL's
origin, or the origin that the request itself came to, where that address cannot be another site's:
an IP address, `localhost`, or a name in ALLOWED_HOSTS. Any other name may be a stranger's that is
made to lead here (DNS rebinding): such a page has our address and still is not ours.

https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from pingpilot_app.settings import Settings

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[0-9a-z_-]+(?:\.[0-9a-z_-]+)*)(?::([0-9]{1,5}))?", re.ASCII)
_OWN_SITES = (None, "same-origin", "none")  # none: typed by the visitor, or opened from outside


@dataclass(frozen=True, slots=True)
class _Place:
    """A host and a port, None for the scheme's own."""

    name: str
    port: int | None

    def at(self, scheme: str) -> tuple[str, str, int]:
        return scheme, self.name, _PORTS[scheme] if self.port is None else self.port


def is_known_host(host: str | None, settings: Settings) -> bool:
    """Tell whether PingPilot answers browsers that ask it by this `Host`, whatever the port."""
    place = _place_of(host)
    return place is not None and (
        place.name == _public(settings)[1] or _is_nobody_elses(place.name, settings)
    )


def is_own_origin(origin: str | None, host: str | None, settings: Settings) -> bool:
    """Tell whether `origin` (scheme://host:port) is ours; `host` is the `Host` of the request."""
    scheme, mark, rest = (origin or "").lower().partition("://")
    place = _place_of(rest)
    if not mark or scheme not in _PORTS or place is None:
        return False  # `null`, too: a sandboxed page, a file, a redirect from elsewhere
    if place.at(scheme) == _public(settings):
        return True
    asked = _place_of(host)
    if asked is None or not _is_nobody_elses(asked.name, settings):
        return False
    # Where people come by HTTPS, a page of the same host by plain HTTP may be anybody's.
    plain = scheme == "http" and settings.secure_cookies
    return not plain and place.at(scheme) == asked.at(scheme)


def is_own_form(headers: Mapping[str, str], settings: Settings) -> bool:
    """Tell whether a POST was sent by a page of ours, by its Origin or else its Referer."""
    if not is_own_site(headers):
        return False
    origin = headers.get("origin") or _origin_of(headers.get("referer"))
    return is_own_origin(origin, headers.get("host"), settings)


def is_own_site(headers: Mapping[str, str]) -> bool:
    """Tell whether the browser calls the request our own pages' or its visitor's, if it says so.

    https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header; no script can set it.
    """
    return headers.get("sec-fetch-site") in _OWN_SITES


def websocket_of(settings: Settings) -> str:
    """Return the origin of PUBLIC_URL's websocket."""
    scheme, _, rest = settings.public_url.partition("://")
    return f"{'wss' if scheme == 'https' else 'ws'}://{urlsplit(f'//{rest}').netloc}"


def _is_nobody_elses(name: str, settings: Settings) -> bool:
    return name == "localhost" or name in settings.allowed_hosts or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _place_of(host: str | None) -> _Place | None:
    """Read `name` or `name:port`; None for anything else, such as a user name before it."""
    found = _HOST.fullmatch((host or "").lower())
    return _Place(found[1], int(found[2]) if found[2] else None) if found else None


def _public(settings: Settings) -> tuple[str, str, int]:
    parts = urlsplit(settings.public_url)
    place = _place_of(parts.netloc.encode("idna").decode()) or _Place("", None)
    return place.at(parts.scheme)


def _origin_of(referer: str | None) -> str | None:
    parts = urlsplit(referer) if referer else None
    return f"{parts.scheme}://{parts.netloc}" if parts else None
