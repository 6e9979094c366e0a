"""Where a browser goes after one of the forms: a page of ours, whatever was asked for."""

import re
from urllib.parse import urlencode

HOME = "/feed"
FACTOR_PAGE = "/secure"  # where who must have a second factor sets it up
WANTED_MAX = 2_000  # characters

_SECRET = ("token", "invite")

_PAGES = re.compile(
    r"/(?:overview|feed|categories(?:/[A-Za-z0-9-]{1,64})?|keys|channels|quota|settings"
    r"|team|activity|operator|sandbox|events/evt_[0-9a-z]{26})"
    # A query, in the characters of RFC 3986 alone: whatever else there is arrives encoded.
    r"(?:\?[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*)?",
    re.ASCII,
)


def page_after(wanted: object) -> str:
    """Return the page to go to after signing in: one of ours, with the query it was asked with."""
    if isinstance(wanted, str) and len(wanted) <= WANTED_MAX and _PAGES.fullmatch(wanted):
        return wanted
    return HOME


def page_with(page: str, **query: str) -> str:
    """Return the path of a page with a query; what is empty is left out.

    The tokens of links stand behind a `#`: browsers send that part to nobody.
    """
    given = {name: value for name, value in query.items() if value}
    secret = {name: given.pop(name) for name in _SECRET if name in given}
    asked = f"?{urlencode(given)}" if given else ""
    return f"{page}{asked}#{urlencode(secret)}" if secret else f"{page}{asked}"
