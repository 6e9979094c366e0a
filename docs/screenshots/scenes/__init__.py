"""All scenes. A new one is a line in its noun's list; a new page is there by itself."""

from docs.screenshots.scene import Scene
from docs.screenshots.scenes import (
    categories,
    channels,
    entrance,
    events,
    every_page,
    feed,
    frame,
    keys,
    quota,
)

ALL: list[Scene] = [
    *every_page.SCENES,
    *entrance.SCENES,
    *feed.SCENES,
    *events.SCENES,
    *categories.SCENES,
    *keys.SCENES,
    *channels.SCENES,
    *quota.SCENES,
    *frame.SCENES,
]
