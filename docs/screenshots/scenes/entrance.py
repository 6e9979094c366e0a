"""What was entered wrong before one is in."""

from docs.screenshots.scene import Scene
from docs.screenshots.stage import STRANGER

SCENES = [
    Scene("login-error", STRANGER, "/login?error=wrong"),
    Scene("second-factor-error", STRANGER, "/second-factor?error=recovery"),
    Scene("setup-error", STRANGER, "/setup?error=password"),
]
