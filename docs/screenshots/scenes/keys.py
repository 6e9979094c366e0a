"""Keys: the form, a key that is shown once, and the question before one is revoked."""

from docs.screenshots.scene import Scene
from docs.screenshots.stage import REGULAR, Stage
from tests.browser.visitor import Visitor


def form(visitor: Visitor, _stage: Stage) -> None:
    """Begin a key."""
    visitor.page.get_by_role("button", name="New key").click()
    visitor.page.get_by_label("Name").fill("Old server")
    visitor.page.get_by_label("It may be used from").fill("192.0.2.0/24\n2001:db8::/32")


def create(visitor: Visitor, stage: Stage) -> None:
    """Make a key."""
    form(visitor, stage)
    visitor.page.get_by_role("button", name="Create key").click()
    visitor.page.locator("#fresh-key").wait_for()


def revoke(visitor: Visitor, _stage: Stage) -> None:
    """Be asked whether a key may go."""
    visitor.page.get_by_role("button", name="Revoke the key Web shop").click()
    visitor.page.get_by_role("button", name="Revoke key").wait_for()


def limit(visitor: Visitor, stage: Stage) -> None:
    """Say where a key may be used from, wrongly."""
    create(visitor, stage)
    visitor.page.get_by_role("button", name="I have copied it").click()
    visitor.page.get_by_role("button", name="Addresses that may use").first.click()
    dialog = visitor.page.get_by_role("dialog")
    dialog.get_by_label("It may be used from").fill("192.0.2.7/24")
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_role("alert").wait_for()


def limited(visitor: Visitor, stage: Stage) -> None:
    """Look at a key that may be used from some networks alone."""
    limit(visitor, stage)
    visitor.page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    visitor.page.get_by_role("dialog").wait_for(state="detached")


SCENES = [
    Scene("key-form", REGULAR, "/keys", form),
    Scene("key-addresses", REGULAR, "/keys", limit, window=True),
    Scene("key-limited", REGULAR, "/keys", limited),
    Scene("key-revoke", REGULAR, "/keys", revoke, window=True),
    Scene("key-new", REGULAR, "/keys", create, window=True),
]
