"""The provider's words: one line, no secret in them, not too long."""

import base64
import traceback
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingpilot_app.senders.reason import REASON_MAX, clean_reason
from pingpilot_app.senders.sender import SendError
from pingpilot_app.senders.telegram import TelegramSender
from pingpilot_app.settings import SANDBOX_TOKEN

TOKEN = "123456:AAtop-secret_token"
PASSWORD = "correct horse:battery/staple"


@pytest.mark.parametrize(
    "written",
    [
        TOKEN,
        "123456%3AAAtop-secret_token",
        "123456%3aAAtop-secret_token",
        "123456%253AAAtop-secret_token",
        "123456:AAtop%2Dsecret%5Ftoken",
        "".join(f"%{ord(letter):02x}" for letter in TOKEN),
    ],
)
def test_a_token_in_a_url_is_cut_out_however_it_is_encoded(written):
    words = f"cannot reach https://api.example/bot{written}/sendMessage"
    assert clean_reason(words, TOKEN) == "cannot reach https://api.example/bot[token]/sendMessage"


def test_a_token_without_its_number_is_cut_out():
    assert clean_reason("bad key AAtop-secret_token", TOKEN) == "bad key [token]"


def test_only_a_bots_number_makes_the_rest_a_secret_of_its_own():
    assert clean_reason("an endless tale", "never:end") == "an endless tale"


@pytest.mark.parametrize("user", ["", "a", "ad", "ada", "ada@example.org"])
def test_a_password_is_found_inside_base64(user):
    login = base64.b64encode(f"\0{user}\0{PASSWORD}".encode()).decode()
    assert clean_reason(f"501 bad {login} here", PASSWORD) == "501 bad [token] here"


@given(st.binary(max_size=40), st.text(min_size=4, max_size=40), st.binary(max_size=40))
def test_no_base64_hides_a_password(before, password, after):
    octets = password.encode(errors="surrogatepass")
    login = base64.b64encode(before + octets + after).decode()
    assert login not in clean_reason(f"x {login} y", password) or password == SANDBOX_TOKEN


@given(st.text(), st.from_regex(r"[A-Za-z0-9:_%/+-]{8,60}", fullmatch=True), st.text())
def test_no_words_keep_a_secret(before, secret, after):
    for written in (secret, quote(secret, safe=""), quote(quote(secret, safe=""))):
        cleaned = clean_reason(f"{before}{written}{after}", secret)
        assert secret not in cleaned
        assert written not in cleaned


def test_a_secret_at_the_end_of_what_is_kept_is_cut_out_first():
    words = "x" * (REASON_MAX - 5) + TOKEN
    assert "123456" not in clean_reason(words, TOKEN)


def test_the_sandboxes_name_stays():
    assert clean_reason("PingPilot sandbox", SANDBOX_TOKEN) == "PingPilot sandbox"


def test_long_words_are_cut_visibly():
    cleaned = clean_reason("x" * 5_000)
    assert (len(cleaned), cleaned[-1]) == (1_000, "…")


def test_very_long_words_take_no_long_time():
    assert len(clean_reason("x" * 5_000_000, TOKEN)) == REASON_MAX


def test_words_stay_on_one_line():
    assert clean_reason(" a\r\n\tb\x00c\u2028d\ud800e ") == "a b c d e"


async def test_a_traceback_of_the_error_shows_no_token(telegram_settings, message, chat):
    def leak(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError(f"cannot read {request.url}", request=request)

    client = httpx.AsyncClient(transport=httpx.MockTransport(leak))
    with pytest.raises(SendError) as caught:
        await TelegramSender(telegram_settings, client).send(message(), chat, "n-1")
    assert "top-secret" not in "".join(traceback.format_exception(caught.value))
