"""What a browser is called."""

import pytest

from pingpilot_app.domain.device import clean_user_agent, device_of


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1",
            "Safari on an iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Version/17 Safari/605", "Safari on a Mac"),
        ("curl/8.5.0", "curl"),
        ("", "A browser"),
        (None, "A browser"),
    ],
)
def test_a_browser_is_named_as_its_owner_knows_it(user_agent: str | None, device: str) -> None:
    assert device_of(user_agent) == device


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (None, None),
        ("  ", None),
        ("a\r\nb", "a b"),
        ("a\u202eb", "a b"),
        ("x" * 900, "x" * 200),
    ],
)
def test_what_is_kept_is_one_short_line(text: str | None, kept: str | None) -> None:
    assert clean_user_agent(text) == kept
