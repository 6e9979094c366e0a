"""The feed, otherwise than full or empty."""

from docs.screenshots.scene import Scene
from docs.screenshots.stage import QUIET, REGULAR, TROUBLED

SCENES = [
    Scene("feed-nothing", REGULAR, f"/feed?category={QUIET}"),
    Scene("feed-beside", REGULAR, "/feed?event={event}"),
    Scene("feed-attention", TROUBLED, "/feed"),
]
