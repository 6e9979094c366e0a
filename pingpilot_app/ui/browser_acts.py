"""What a handler has the browser do: tell something for some seconds, or show another address.

Reflex sends `rx.toast` and `rx.call_script` as text that the browser would have to `eval`, which
our pages forbid (headers.py). Setting the value of something on the page needs no such thing: so
the page has places that are set, and that act on what they are set to.
"""

import logging
from typing import Any

import reflex as rx
from reflex.event import EventHandler, EventSpec
from reflex_base.utils.format import format_event_handler
from reflex_base.utils.imports import ImportVar
from reflex_base.vars import VarData
from reflex_components_sonner.toast import Toaster

logger = logging.getLogger(__name__)

_TOAST = "refs['ref_toast'] = {current: {set value({kind, text}) { toast[kind](text); }}}"
_ADDRESS = (
    "refs['ref_address'] = {current: {set value(path) {"
    " window.history.replaceState(window.history.state, '', path); }}}"
)
# Not by the router: what a page holds in memory goes with the page alone.
_AWAY = "refs['ref_away'] = {current: {set value(path) { window.location.replace(path); }}}"
# The script is no part of the bundle: its address is a variable, so that the builder lets it be.
_VIEWER = (
    "refs['ref_viewer'] = {current: {set value(handler) {"
    " const script = '/scripts/viewer.js';"
    " import(/* @vite-ignore */ script).then((found) => found.viewer(), () => [null, null])"
    ".then((told) => addEvents([ReflexEvent(handler, {told})])); }}}"
)


class Acts(Toaster):
    """Shows the toasts, and holds the places."""

    def add_hooks(self) -> list[rx.Var[Any] | str]:
        """Return what the browser runs when the page begins."""
        used = VarData(
            imports={
                "$/utils/state": [ImportVar(tag="refs"), ImportVar(tag="ReflexEvent")],
                "$/utils/context": [ImportVar(tag="addEvents")],
            }
        )
        scripts = (_TOAST, _ADDRESS, _AWAY, _VIEWER)
        places: list[Any] = [rx.Var(one, _var_data=used) for one in scripts]
        return [*super().add_hooks(), *places]


class toast:  # noqa: N801  # is called as Reflex's own, whose place it takes
    """Tells what just happened."""

    @staticmethod
    def success(text: str) -> EventSpec:
        """Return the event that tells what was done."""
        return rx.set_value("toast", {"kind": "success", "text": text})

    @staticmethod
    def info(text: str) -> EventSpec:
        """Return the event that tells something good to know."""
        return rx.set_value("toast", {"kind": "info", "text": text})

    @staticmethod
    def error(text: str) -> EventSpec:
        """Return the event that tells why something was not done."""
        return rx.set_value("toast", {"kind": "error", "text": text})


def show_address(path: str) -> EventSpec:
    """Return the event that puts another path into the address bar; the page stays."""
    return rx.set_value("address", path)


def go_away(path: str) -> EventSpec:
    """Return the event that loads another page in place of this one, of which nothing is left."""
    return rx.set_value("away", path)


def ask_viewer(handler: EventHandler) -> EventSpec:
    """Return the event that has the browser tell `handler` where it is: zone, first day of week."""
    return rx.set_value("viewer", format_event_handler(handler))


def tell_fault(exception: Exception) -> EventSpec:
    """Return what a browser is told where a handler failed; the log has the rest."""
    logger.error("an event handler failed", exc_info=exception)
    return toast.error("PingPilot failed to do this; its log says why. Try again in a moment.")
