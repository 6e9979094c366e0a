"""What a browser says about itself, in words that its owner knows."""

import re

USER_AGENT_MAX = 200  # characters

# In this order: most browsers name others too, the later the more of them.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
)
_SYSTEMS = (
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "a Mac"),
    ("Linux", "Linux"),
)
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


def clean_user_agent(text: str | None) -> str | None:
    """Return what is kept of a `User-Agent` header: one short line; None where there is none."""
    return _UNFIT.sub(" ", text or "").strip()[:USER_AGENT_MAX] or None


def device_of(user_agent: str | None) -> str:
    """Return `Firefox on Linux`: a guess, since a browser may call itself anything."""
    text = user_agent or ""
    browser = next((name for mark, name in _BROWSERS if mark in text), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in text), "")
    return f"{browser} on {system}" if system else browser
