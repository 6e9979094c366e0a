"""Photographs a page in both themes and at all widths, in few colours: pictures are committed."""

import io
from pathlib import Path
from typing import Any

from docs.screenshots.scene import WIDTHS, Scene
from tests.browser.visitor import Visitor

try:
    from PIL import Image
except ImportError:  # then they are kept as they are, three times as large
    Image = None  # type: ignore[assignment]

HERE = Path(__file__).parent
THEMES = ("light", "dark")
COLORS = 256
LONGEST = 2.2  # windows of a page that are shown: of a list that goes on, the beginning is enough


def photograph(visitor: Visitor, scene: Scene) -> None:
    """Save the page as `scene-theme-width.png`."""
    for name in scene.widths:
        for theme in THEMES:
            _fit(visitor, scene, name)
            visitor.use(theme)
            taken = visitor.page.screenshot(animations="disabled")
            _save(taken, HERE / f"{scene.name}-{theme}-{name}.png")


def _fit(visitor: Visitor, scene: Scene, name: str) -> None:
    """Make the window as tall as the page: Chromium paints no frame outside of it."""
    width, height = WIDTHS[name]
    visitor.page.set_viewport_size({"width": width, "height": height})
    if not scene.window:
        needed = visitor.page.evaluate("document.documentElement.scrollHeight")
        height = min(max(needed, height), int(height * LONGEST))
        visitor.page.set_viewport_size({"width": width, "height": height})


def _save(taken: bytes, path: Path) -> None:
    if Image is None:
        path.write_bytes(taken)
        return
    picture = Image.open(io.BytesIO(taken)).convert("RGB")
    # Without dots, which a plain surface would get.
    picture.quantize(palette=_palette(picture), dither=Image.Dither.NONE).save(path, optimize=True)


def _palette(picture: Any) -> Any:
    """Return the colours of the surfaces as they are, and a choice of those of all the rest."""
    counts = sorted(picture.getcolors(picture.width * picture.height), reverse=True)
    exact = [color for _, color in counts[: COLORS // 2]]
    rest = picture.quantize(COLORS - len(exact), method=Image.Quantize.MAXCOVERAGE)
    chosen = [value for color in exact for value in color] + rest.getpalette()
    palette = Image.new("P", (1, 1))
    palette.putpalette(chosen[: 3 * COLORS])
    return palette
