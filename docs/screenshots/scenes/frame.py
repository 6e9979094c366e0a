"""What lies over every page: palette, keys, the phone's menu."""

from docs.screenshots.scene import WIDTHS, Scene
from docs.screenshots.stage import REGULAR, Stage
from tests.browser.visitor import Visitor


def palette(visitor: Visitor, _stage: Stage) -> None:
    """Search or jump."""
    visitor.page.keyboard.press("Control+k")
    visitor.page.get_by_role("combobox", name="Search or jump").wait_for()


def shortcuts(visitor: Visitor, _stage: Stage) -> None:
    """List the keys."""
    visitor.page.keyboard.press("?")
    visitor.page.get_by_role("dialog", name="Keyboard shortcuts").wait_for()


def menu(visitor: Visitor, _stage: Stage) -> None:
    """Open the menu, which is there on narrow screens alone."""
    width, height = WIDTHS["phone"]
    visitor.page.set_viewport_size({"width": width, "height": height})
    visitor.page.get_by_role("button", name="Open the menu").click()
    visitor.page.get_by_role("dialog", name="Menu").wait_for()


SCENES = [
    Scene("palette", REGULAR, "/feed", palette, window=True),
    Scene("shortcuts", REGULAR, "/feed", shortcuts, window=True),
    Scene("menu", REGULAR, "/feed", menu, widths=("phone", "tablet"), window=True),
]
