"""Keys: the form, a key that is shown once, and the question before one is revoked."""

from docs.screenshots.scene import Scene
from docs.screenshots.stage import REGULAR, Stage
from tests.browser.visitor import Visitor


def form(visitor: Visitor, _stage: Stage) -> None:
    """Begin a key."""
    visitor.page.get_by_role("button", name="New key").click()
    visitor.page.get_by_label("Name").fill("Old server")


def create(visitor: Visitor, stage: Stage) -> None:
    """Make a key."""
    form(visitor, stage)
    visitor.page.get_by_role("button", name="Create key").click()
    visitor.page.locator("#fresh-key").wait_for()


def revoke(visitor: Visitor, _stage: Stage) -> None:
    """Be asked whether a key may go."""
    visitor.page.get_by_role("button", name="Revoke the key Web shop").click()
    visitor.page.get_by_role("button", name="Revoke key").wait_for()


SCENES = [
    Scene("key-form", REGULAR, "/keys", form),
    Scene("key-revoke", REGULAR, "/keys", revoke, window=True),
    Scene("key-new", REGULAR, "/keys", create, window=True),
]
