"""Whatever bytes come in: an event or a clear refusal."""

import json

from hypothesis import given
from hypothesis import strategies as st

from pingpilot_app.domain.errors import Invalid
from pingpilot_app.domain.event import DeliveryStatus, EventStatus, parse_event, settled

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
VALUES = (
    st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
)


def refused_or_parsed(body: bytes) -> None:
    try:
        parse_event(body)
    except Invalid as refusal:
        refusal.message.encode()  # can be sent


@given(st.binary())
def test_any_bytes_are_parsed_or_refused(body):
    refused_or_parsed(body)


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(["category", "description", "fields"], JSON))
)
def test_any_json_is_parsed_or_refused(document):
    refused_or_parsed(json.dumps(document).encode())


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=20).filter(lambda k: "\x00" not in k), VALUES, max_size=20
    )
)
def test_legal_fields_come_out_as_they_went_in(fields):
    try:
        body = json.dumps({"category": "bug", "fields": fields}).encode()
        found = parse_event(body).fields
    except Invalid:  # a lone surrogate in a key is no legal field
        return
    assert list(found.items()) == list(fields.items())


P, D, F = DeliveryStatus.PENDING, DeliveryStatus.DELIVERED, DeliveryStatus.FAILED


def test_an_event_is_settled_by_its_deliveries():
    assert settled([D, P, F]) is EventStatus.PENDING
    assert settled([D, D]) is EventStatus.DELIVERED
    assert settled([D, F]) is EventStatus.FAILED
