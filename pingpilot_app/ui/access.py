"""Who may call which handler, and with what: the directory of all that a socket can call.

A state says who may call its handlers by `access`: a kind of person, or a right that their role in
the account has to allow (domain/role.py). One that does not say it is for nobody, so
forgetting it is safe.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

import reflex as rx
from reflex.event import EventHandler
from reflex.state import FrontendEventExceptionState, OnLoadInternalState
from reflex_base.registry import RegistrationContext
from reflex_base.utils.format import format_event_handler

from pingpilot_app.domain.role import Right
from pingpilot_app.ui.payload import Check, check_of, is_text


class Access(Enum):
    """Who may call a state's handlers."""

    ANYBODY = "anybody"
    SETTING_UP = "signed in, perhaps without the second factor that is demanded"
    SIGNED_IN = "signed in"
    OPERATORS = "operators"


Needed = Access | Right


@dataclass(frozen=True)
class Endpoint:
    """A handler as a socket sees it: who may call it, what it takes, and what it must be given."""

    access: Needed
    takes: Mapping[str, Check]
    needs: frozenset[str]
    goes_on: bool  # in the background, until the page is left: the page begins it, no browser may

    def fits(self, payload: object) -> bool:
        """Tell whether a call brings all arguments, none besides, each of its type."""
        return (
            isinstance(payload, dict)
            and self.needs <= payload.keys() <= self.takes.keys()
            and all(self.takes[name](value) for name, value in payload.items())
        )


def endpoint_of(name: str) -> Endpoint | None:
    """Return the handler that an event's full name calls; None: nobody may call such a one."""
    registered = RegistrationContext.get().event_handlers.get(name)
    if registered is None:
        return None
    return _endpoint(name, registered.states[0], registered.handler)


@cache  # of as many as there are handlers: names that nobody registered do not come here
def _endpoint(name: str, state: type[rx.State], handler: EventHandler) -> Endpoint | None:
    access = _FRAMEWORK.get(name) or _declared(state, handler)
    try:
        goes_on = handler.is_background
        return Endpoint(access, *_signature(name, handler), goes_on) if access else None
    except TypeError:  # an argument without an annotation, or of a type that no browser sends
        return None


def _declared(state: type[rx.State], handler: EventHandler) -> Needed | None:
    method = handler.fn.__name__
    if method == "setvar":  # sets any var by its name
        return None
    one: Mapping[str, Needed] = getattr(state, "access_to", {})
    return one.get(method, getattr(state, "access", None))


def _signature(name: str, handler: EventHandler) -> tuple[dict[str, Check], frozenset[str]]:
    _, *parameters = inspect.signature(handler.fn).parameters.values()
    hints: Mapping[str, Any] = handler._type_hints or {}
    takes = {one.name: check_of(hints.get(one.name)) for one in parameters}
    needs = frozenset(one.name for one in parameters if one.default is one.empty)
    return takes | _NARROWER.get(name, {}), needs


def _full_name(state: type[rx.State], method: str) -> str:
    return str(format_event_handler(state.event_handlers[method]))


# Without these no page would show anything. The rest of the framework's own stays closed:
# `setvar`, `update_vars_internal` (vars kept in the browser, of which there are none) and what
# shares states between tabs.
_FRAMEWORK = dict.fromkeys(
    (
        _full_name(rx.State, "hydrate"),
        _full_name(rx.State, "hydrate_and_load"),
        _full_name(rx.State, "set_is_hydrated"),
        _full_name(OnLoadInternalState, "on_load_internal"),
        _full_name(OnLoadInternalState, "set_is_hydrated"),
        _full_name(FrontendEventExceptionState, "handle_frontend_exception"),
    ),
    Access.ANYBODY,
)
_STACK_MAX = 4_000  # characters: the framework looks through them by patterns that take long
_NARROWER: dict[str, dict[str, Check]] = {
    _full_name(rx.State, "hydrate_and_load"): {"vars": lambda value: not value},
    _full_name(FrontendEventExceptionState, "handle_frontend_exception"): {
        "info": lambda value: is_text(value) and len(value) <= _STACK_MAX
    },
}
