"""Every page of the dashboard's own list: full, and as somebody sees it who is new."""

from docs.screenshots.scene import Scene
from docs.screenshots.stage import NEWCOMER, REGULAR, STRANGER
from pingpilot_app.ui import pages

# Routes whose scene is called otherwise, with the name of what a newcomer sees there.
_NAMES = {
    "/": ("landing", ""),
    "/404": ("not-found", ""),
    "/wall/[token]": ("wall-dead", ""),
    "/events/[event_id]": ("event", "event-missing"),
    "/categories/[name]": ("category", "category-missing"),
}


def _names(route: str) -> tuple[str, str]:
    """Return the names of the full and of the empty page."""
    name = route.strip("/").replace("/", "-")
    return _NAMES.get(route, (name, f"{name}-empty"))


SCENES = [Scene(_names(page[0])[0], STRANGER, page[0]) for page in pages._PUBLIC]
for _page in pages._INSIDE:
    _full, _empty = _names(_page[0])
    SCENES += [Scene(_full, REGULAR, _page[0]), Scene(_empty, NEWCOMER, _page[0])]
