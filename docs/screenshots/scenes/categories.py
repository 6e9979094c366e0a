"""Categories: one without events, a name that is taken, and the question before one goes."""

from docs.screenshots.scene import Scene
from docs.screenshots.stage import QUIET, REGULAR, Stage
from tests.browser.visitor import Visitor


def name_that_is_taken(visitor: Visitor, _stage: Stage) -> None:
    """Ask for a category that is there already."""
    visitor.page.get_by_role("button", name="New category").click()
    visitor.page.get_by_label("Name").fill("bug")
    visitor.page.get_by_role("button", name="Create category").click()
    visitor.page.get_by_role("alert").wait_for()


def delete(visitor: Visitor, _stage: Stage) -> None:
    """Be asked whether a category may go."""
    visitor.page.get_by_role("button", name="Delete the category sale").click()
    visitor.page.get_by_role("button", name="Cancel").wait_for()


SCENES = [
    Scene("category-empty", REGULAR, f"/categories/{QUIET}"),
    Scene("category-error", REGULAR, "/categories", name_that_is_taken),
    Scene("category-delete", REGULAR, "/categories", delete, window=True),
]
