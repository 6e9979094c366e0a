"""A month that is nearly used up."""

from docs.screenshots.scene import Scene
from docs.screenshots.stage import TROUBLED

SCENES = [Scene("quota-limited", TROUBLED, "/quota")]
