"""What a handler's argument may be, and how fast somebody may go."""

from typing import Any

import pytest

from pingpilot_app.ui.frames import NAMESPACE, Conversation
from pingpilot_app.ui.payload import ITEMS_MAX, TEXT_MAX, check_of

FORM = "__reflex_form_data__"


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (str, "Grüße 👋"),
        (bool, False),
        (int, 7),
        (float, 1),
        (dict[str, Any], {"name": "x", "scopes": ["a"], "on": True}),
        (dict[str, Any], {FORM: [["name", "x"], ["name", "y"]]}),
        (list[Any], ["Europe/Berlin", None]),
        (list[str] | None, None),
    ],
)
def test_what_pages_send_fits(annotation: Any, value: object) -> None:
    assert check_of(annotation)(value)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (str, "x" * (TEXT_MAX + 1)),
        (str, "\x00"),
        (str, "\udfff"),
        (bool, 1),
        (int, True),
        (int, 2**80),
        (float, float("inf")),
        (dict[str, Any], {FORM: 5}),
        (dict[str, Any], {FORM: [["name"]]}),
        (dict[str, Any], {FORM: [], "more": 1}),
        (dict[str, Any], {"deep": [[[[1]]]]}),
        (dict[str, Any], {"nan": float("nan")}),
        (list[Any], [0] * (ITEMS_MAX + 1)),
        (list[str], [1]),
    ],
)
def test_what_no_page_sends_does_not_fit(annotation: Any, value: object) -> None:
    assert not check_of(annotation)(value)


@pytest.mark.parametrize("annotation", [Any, None, object, bytes, set[str]])
def test_a_type_that_no_browser_sends_is_not_taken(annotation: Any) -> None:
    with pytest.raises(TypeError):
        check_of(annotation)


def test_a_tab_comes_once_and_may_come_again_after_it_went() -> None:
    said = Conversation()
    event = f'42{NAMESPACE},["ping"]'

    assert not said.goes_on(event)
    assert said.goes_on(f"40{NAMESPACE},")
    assert not Conversation().goes_on(f"41{NAMESPACE},")
    assert said.goes_on(event)
    assert said.goes_on(f"41{NAMESPACE},")
    assert said.goes_on(f"40{NAMESPACE},")
