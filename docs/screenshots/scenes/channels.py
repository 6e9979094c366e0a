"""Channels: one that is broken, and codes on their way."""

from docs.screenshots.scene import Scene
from docs.screenshots.stage import NEWCOMER, TROUBLED, Stage
from tests.browser.visitor import Visitor


def code(visitor: Visitor, _stage: Stage) -> None:
    """Ask for Discord's code."""
    card = visitor.page.locator("#channel-discord")
    card.get_by_label("Your Discord ID").fill("123456789012345678")
    card.get_by_role("button", name="Send code").click()
    card.get_by_label("Code").wait_for()


SCENES = [
    Scene("channels-waiting", NEWCOMER, "/channels", code),
    Scene("channels-broken", TROUBLED, "/channels"),
]
