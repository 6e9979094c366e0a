"""Takes the screenshots of this folder: every page, light and dark, phone, tablet and desktop.

From the repository's root: `python -m docs.screenshots.make` takes all of them and removes those
of scenes that are gone; with names of scenes it takes those alone.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Error, sync_playwright

from docs.screenshots.camera import HERE, photograph
from docs.screenshots.scene import Scene
from docs.screenshots.scenes import ALL
from docs.screenshots.stage import Stage, set_stage
from tests.browser.conftest import ARGS, chromium
from tests.browser.server import ROOT, running_server

COPY = ROOT / ".pytest_cache" / "d" / "browser"


def main(names: list[str]) -> int:
    """Take the screenshots that are wanted; return how many scenes could not be taken."""
    scenes = [scene for scene in ALL if not names or scene.name in names]
    with (
        tempfile.TemporaryDirectory() as data,
        running_server(COPY, Path(data)) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGS)
        failed = _take(scenes, set_stage(server, browser), browser)
        browser.close()
    if not names and not failed:
        _remove_others(scenes)
    return failed


def _take(scenes: list[Scene], stage: Stage, browser: Browser) -> int:
    """Take each scene; one that cannot be taken does not keep the others."""
    failed = 0
    for scene in scenes:
        visitor = stage.visitor(browser, scene.who)
        try:
            visitor.open(scene.route)
            scene.act(visitor, stage)
            photograph(visitor, scene)
        except (AssertionError, Error) as exc:
            failed += 1
            print(f"{scene.name}: {str(exc).splitlines()[0]}", file=sys.stderr)
        visitor.page.context.close()
    return failed


def _remove_others(scenes: list[Scene]) -> None:
    """Remove pictures of scenes that there are no more."""
    names = {scene.name for scene in scenes}
    for picture in HERE.glob("*.png"):
        if picture.stem.rsplit("-", 2)[0] not in names:
            picture.unlink()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) > 0)
