"""HTML elements that Reflex lacks or bends."""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML
from reflex_components_core.react_router.dom import ReactRouterLink


class PlainForm(BaseHTML):
    """A form that the browser itself submits; Reflex's own always prevents that."""

    tag = "form"

    action: rx.Var[str]
    method: rx.Var[str]
    auto_complete: rx.Var[str]


class Moment(BaseHTML):
    """A moment in the viewer's own time zone (assets/scripts/moments.js)."""

    tag = "Moment"

    datetime: rx.Var[str]  # ISO 8601 with its zone
    form: rx.Var[str]

    def _get_tag_name(self) -> str:
        return '"pp-time"'  # Reflex makes identifiers of `tag`, where a hyphen cannot be


class Zone(BaseHTML):
    """The time zone that all times of the page are shown in (assets/scripts/moments.js)."""

    tag = "Zone"

    name: rx.Var[str]

    def _get_tag_name(self) -> str:
        return '"pp-zone"'


class PlainLink(BaseHTML):
    """A link that the browser itself follows; Reflex's own asks the router."""

    tag = "a"

    href: rx.Var[str]
    target: rx.Var[str]
    rel: rx.Var[str]


plain_form = PlainForm.create
plain_link = PlainLink.create


def moment(at: Any, form: str = "relative") -> rx.Component:
    """Show `at`: "relative" (3 min ago, exact on hover), "countdown", "exact" or "date"."""
    return Moment.create(datetime=at, form=form)


def zone(name: Any) -> rx.Component:
    """Show the page's times in this IANA zone; empty: in the browser's."""
    return Zone.create(name=name)


def link(*children: Any, to: Any, **props: Any) -> rx.Component:
    """Lead to another page of the dashboard without loading everything again."""
    return ReactRouterLink.create(*children, to=to, **props)


def icon(name: str, size: int = 16) -> rx.Component:
    """Show one of the bundled icons; the text beside it says what it means."""
    return rx.icon(name, size=size, aria_hidden=True, class_name="icon")
