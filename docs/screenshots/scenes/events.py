"""One event: refused for good, and on its way."""

from docs.screenshots.scene import Scene
from docs.screenshots.stage import REGULAR, TROUBLED, Stage
from tests.browser.visitor import Visitor, refuse


def waiting(visitor: Visitor, stage: Stage) -> None:
    """Let Discord be ill for some tries, and open an event that is tried again."""
    refuse(stage.server, "discord", "server_error", 4)
    visitor.event = stage.send(REGULAR, "signup", "Alan joined", {"plan": "FREE", "seats": 1})
    visitor.open("/events/[event_id]").locator("[data-channel=discord] .attempts").wait_for()


SCENES = [
    Scene("event-failed", TROUBLED, "/events/[event_id]"),
    Scene("event-waiting", REGULAR, "/feed", waiting),
]
