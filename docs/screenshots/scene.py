"""One thing to photograph: who is where, and what they do there first."""

from collections.abc import Callable
from dataclasses import dataclass

from docs.screenshots.stage import Stage
from tests.browser.visitor import Visitor

Act = Callable[[Visitor, Stage], None]

WIDTHS = {"phone": (390, 844), "tablet": (834, 1112), "desktop": (1440, 900)}


def _nothing(_visitor: Visitor, _stage: Stage) -> None:
    pass


@dataclass(frozen=True)
class Scene:
    """`route` as in the dashboard's list of pages, or an address; `widths` names some of WIDTHS.

    `window`: what lies over a page is photographed with what is behind it in the window alone.
    """

    name: str
    who: str
    route: str
    act: Act = _nothing
    widths: tuple[str, ...] = tuple(WIDTHS)
    window: bool = False
