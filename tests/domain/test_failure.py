"""Every failure is explained: in the product's own words, and in docs/why-not-delivered.md."""

import re
from itertools import product
from pathlib import Path

import pytest

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus
from pingpilot_app.domain.failure import Failure, advise, explain

PAGE = Path(__file__).resolve().parents[2] / "docs" / "why-not-delivered.md"
FAILED, PENDING = DeliveryStatus.FAILED, DeliveryStatus.PENDING
AGAIN = "PingPilot tries again by itself; nothing is lost."
GAVE_UP = "PingPilot gave up after its last try"

PASSING = [
    Failure.UNREACHABLE,
    Failure.NO_ANSWER,
    Failure.PROVIDER_ERROR,
    Failure.NOT_ITS_API,
    Failure.RATE_LIMITED,
    Failure.BAD_CREDENTIALS,
    Failure.DM_GONE,
    Failure.SENDER_REFUSED,
    Failure.TRY_LATER,
    Failure.NOT_SECURE,
    Failure.NOT_CONFIGURED,
    Failure.STOPPED,
    Failure.OUR_FAULT,
]
EVERYTHING = list(product(Failure, Channel, (FAILED, PENDING)))


def anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading of plain words."""
    return heading.lower().replace(" ", "-")


def sections() -> dict[str, str]:
    """Return the page's sections by their anchors."""
    parts = re.split(r"^## (.+)\n", PAGE.read_text(), flags=re.MULTILINE)
    return {anchor(heading): text for heading, text in zip(parts[1::2], parts[2::2], strict=True)}


@pytest.mark.parametrize(("failure", "channel", "status"), EVERYTHING)
def test_every_failure_is_explained_in_whole_sentences(failure, channel, status):
    text = explain(failure, channel, status)
    assert re.fullmatch(r"[A-Z].+[.]", text)
    assert not re.search(r"[{}]|  |[.][.]|[.] [a-z]|\bby Email\b|\bNone\b", text)


@pytest.mark.parametrize("failure", Failure)
def test_no_explanation_is_long(failure):
    assert all(len(explain(failure, channel, FAILED)) <= 300 for channel in Channel)


@pytest.mark.parametrize("failure", Failure)
def test_what_is_pending_is_promised_another_try(failure):
    for channel in Channel:
        assert explain(failure, channel, PENDING).endswith(AGAIN)
        assert GAVE_UP not in explain(failure, channel, PENDING)


@pytest.mark.parametrize("failure", Failure)
def test_what_failed_is_promised_nothing(failure):
    assert AGAIN not in explain(failure, Channel.EMAIL, FAILED)


@pytest.mark.parametrize("failure", Failure)
def test_only_what_might_have_passed_was_given_up(failure):
    said = explain(failure, Channel.EMAIL, FAILED).startswith(GAVE_UP)
    assert said is (failure in PASSING)


@pytest.mark.parametrize(
    "failure", [Failure.BAD_CREDENTIALS, Failure.NOT_SECURE, Failure.SENDER_REFUSED]
)
def test_what_waits_for_the_operator_says_so_while_it_waits(failure):
    assert "Ask the operator" in explain(failure, Channel.EMAIL, PENDING)


@pytest.mark.parametrize("failure", [Failure.UNREACHABLE, Failure.TRY_LATER])
def test_what_mostly_passes_bothers_nobody_while_it_waits(failure):
    assert "sk the operator" not in explain(failure, Channel.EMAIL, PENDING)


@pytest.mark.parametrize("failure", [Failure.NO_ANSWER, Failure.STOPPED])
def test_what_may_have_arrived_is_looked_for_before_a_replay(failure):
    assert "Look whether it is there" in explain(failure, Channel.TELEGRAM, FAILED)


@pytest.mark.parametrize("failure", Failure)
def test_advice_says_the_same_without_any_promise(failure):
    failed = explain(failure, Channel.EMAIL, FAILED)
    advice = advise(failure, Channel.EMAIL)
    assert failed.endswith(advice)
    assert GAVE_UP not in advice


def test_the_mail_server_is_not_called_email():
    text = explain(Failure.BAD_CREDENTIALS, Channel.EMAIL, FAILED)
    assert "The mail server does not accept PingPilot's own login" in text
    assert "nothing goes out by email" in text


def test_a_failure_from_before_there_were_classes_is_ours():
    ours = explain(Failure.OUR_FAULT, Channel.DISCORD, FAILED)
    assert explain(None, Channel.DISCORD, FAILED) == ours


def test_the_page_has_one_section_for_each_failure():
    assert list(sections()) == [*Failure, "the-event-was-never-accepted"]


@pytest.mark.parametrize("failure", Failure)
def test_the_page_shows_what_the_product_says(failure):
    statuses = [PENDING, FAILED] if failure in PASSING else [FAILED]
    shown = [[f"> {explain(failure, one, status)}\n" for status in statuses] for one in Channel]
    assert any(all(text in sections()[failure] for text in texts) for texts in shown)


@pytest.mark.parametrize("failure", Failure)
def test_the_page_says_where_from_whether_again_and_what_to_do(failure):
    text = sections()[failure]
    assert all(label in text for label in ("**Where from.**", "**Again?**", "**What to do.**"))


@pytest.mark.parametrize("failure", Failure)
def test_the_page_and_the_product_agree_on_another_try(failure):
    again = sections()[failure].split("**Again?**")[1]
    assert again.strip().startswith("Tried again" if failure in PASSING else "For good")


def test_links_inside_the_page_lead_somewhere():
    links = set(re.findall(r"\(#([a-z-]+)\)", PAGE.read_text()))
    assert links <= set(sections())
