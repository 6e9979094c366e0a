"""Every method of a state is a public endpoint: what holds for all of them."""

import inspect
from typing import Any

import pytest
import reflex as rx
from reflex.event import EventHandler

from pingpilot_app.ui.pages import add_pages  # noqa: F401  # defines all states
from tests.ui.conftest import Person, leads_to, state_of

# The one shows a sentence about the address, which is the caller's own; the other what the address
# itself is the secret for (tests/ui/test_wall.py).
WITHOUT_SESSION = {"read_address", "show_wall"}

JUNK: tuple[Any, ...] = (None, 2**80, {"name": {"$ne": 1}}, ["discord"], True, "", "\x00" * 2_000)


def all_handlers() -> list[tuple[type[rx.State], str]]:
    """Return every handler of the dashboard's states."""
    ours = [s for s in rx.State.get_substates() if s.__module__.startswith("pingpilot_app.ui.")]
    return [
        (state, name)
        for state in sorted(ours, key=lambda state: state.__name__)
        for name in sorted(state.event_handlers)
        if name != "setvar"  # the framework's: see the last test
    ]


def call(state: rx.State, name: str, argument: Any) -> Any:
    """Call a handler with `argument` in the place of each of its parameters."""
    handler: EventHandler = type(state).event_handlers[name]
    count = len(inspect.signature(handler.fn).parameters) - 1
    return handler.fn(state, *[argument] * count)


def shown(state: rx.State) -> dict[str, Any]:
    """Return all that the browser would be told, and what is kept besides."""
    return {name: getattr(state, name) for name in state.get_fields() if name in vars_of(state)}


def vars_of(state: rx.State) -> set[str]:
    """Return the names of the vars of our own states, without the framework's."""
    return set(state.get_fields()) - set(rx.State.get_fields())


def name_of(value: Any) -> str:
    """Return how a test's parameter is called."""
    return str(getattr(value, "__name__", value))


HANDLERS = all_handlers()
GUARDED = [(state, name) for state, name in HANDLERS if name not in WITHOUT_SESSION]


def test_there_are_handlers_to_check() -> None:
    assert {name for _, name in HANDLERS} >= {"watch", "create", "revoke", "delete", "send_code"}


@pytest.mark.parametrize(("kind", "name"), GUARDED, ids=name_of)
@pytest.mark.parametrize("cookie", ["", "pingpilot=guessed", "pingpilot"])
async def test_without_a_session_a_handler_does_nothing(
    kind: type[rx.State], name: str, cookie: str
) -> None:
    state = state_of(kind, cookie)
    before = shown(state)

    answer = await call(state, name, "discord")

    assert leads_to(answer, "/login")
    assert shown(state) == before


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for kind, name in GUARDED if name != "watch"],
    ids=name_of,
)
async def test_arguments_of_wrong_kinds_do_no_harm(
    alice: Person, kind: type[rx.State], name: str
) -> None:
    for argument in JUNK:
        state = state_of(kind, alice.cookie)
        await call(state, name, argument)
        state.dict()  # all of it can still be shown


@pytest.mark.parametrize("kind", sorted({k for k, _ in HANDLERS}, key=name_of), ids=name_of)
async def test_a_browser_cannot_set_a_var_by_its_name(kind: type[rx.State]) -> None:
    state = state_of(kind)

    for name in vars_of(state):
        with pytest.raises(AttributeError):
            kind.event_handlers["setvar"].fn(state, name, "x")
