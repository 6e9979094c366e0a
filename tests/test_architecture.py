"""The layers: imports go one way (docs/architecture.md)."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "pingpilot_app"

# Each layer and what it may import of ours, besides itself and the leaves.
LAYERS = {
    "domain": set(),
    "storage": {"domain"},
    "senders": {"domain"},
    "sandbox": {"domain"},
    "delivery": {"domain", "storage", "senders", "sandbox"},
    "api": {"domain", "storage", "delivery"},
    "ui": {"domain", "storage", "delivery", "sandbox"},
    "commands": {"domain", "storage", "senders", "sandbox", "delivery", "api"},
}
LEAVES = {"settings", "version", "logs", "serving"}
DOMAIN_MAY_USE = {"pydantic", "pydantic_core", "email_validator"}  # where a type needs it


def imports(path: Path) -> set[str]:
    """Return the full names of all modules that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def layers_of(path: Path) -> set[str]:
    """Return the parts of our package that a file imports."""
    ours = (name.split(".") for name in imports(path) if name.startswith("pingpilot_app."))
    return {parts[1] for parts in ours}


FILES = [path for layer in LAYERS for path in (PACKAGE / layer).rglob("*.py")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_what_lies_below_it(path):
    layer = path.relative_to(PACKAGE).parts[0]
    assert layers_of(path) <= LAYERS[layer] | LEAVES | {layer}


@pytest.mark.parametrize("layer", ["domain", "storage", "senders", "delivery", "api", "sandbox"])
def test_reflex_stays_in_the_dashboard(layer):
    for path in (PACKAGE / layer).rglob("*.py"):
        assert not {name for name in imports(path) if name.split(".")[0] == "reflex"}, path


def test_the_domain_does_no_io_and_reads_no_clock():
    forbidden = {"sqlalchemy", "sqlmodel", "httpx", "asyncio", "socket", "pathlib", "logging"}
    for path in (PACKAGE / "domain").rglob("*.py"):
        assert not {name.split(".")[0] for name in imports(path)} & forbidden, path


def test_every_folder_of_the_package_is_a_layer():
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir()} - {"__pycache__"}
    assert folders == set(LAYERS)
