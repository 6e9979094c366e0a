"""docs/security.md stays true: each requirement stands in it, and all that it names exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
IDS = (Path(__file__).with_name("asvs_5.0.0_ids.txt")).read_text(encoding="utf-8").splitlines()[1:]
WANTED = [line.split()[0] for line in IDS]  # in the standard's order

ROW = re.compile(r"^\| v5\.0\.0-([\d.]+)(?: to ([\d.]+))? \|(.*)\|(.*)\|(.*)\|$", re.MULTILINE)
PLACE = re.compile(r"`((?:[\w./-]+\.(?:py|js|yml))|Makefile):([\w.-]+)`")
TEST = re.compile(r"`((?:\w+/)*test_\w+\.py)::(\w+)`")
UNMET = ("In part", "Not met", "Does not apply")
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


def covered(first: str, last: str) -> list[str]:
    """Return the requirements of a row, which may be a range."""
    return WANTED[WANTED.index(first) : WANTED.index(last or first) + 1]


def rows() -> list[tuple[list[str], str, str]]:
    """Return for each row its requirements, how they are met, and the tests that show it."""
    return [(covered(first, last), how, shown) for first, last, _, how, shown in ROW.findall(PAGE)]


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def names_in(body: list[ast.stmt]) -> dict[str, list[ast.stmt]]:
    """Return what a module or a class defines, each with what stands within."""
    found: dict[str, list[ast.stmt]] = {}
    for node in body:
        if isinstance(node, FUNCTIONS | ast.ClassDef):
            found[node.name] = node.body
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {one.id: [] for one in targets if isinstance(one, ast.Name)}
    return found


def defines(file: Path, name: str) -> bool:
    if file.suffix != ".py":
        return re.search(rf"\b{re.escape(name)}\b", file.read_text(encoding="utf-8")) is not None
    body = tree_of(file).body
    for part in name.split("."):
        inside = names_in(body)
        if part not in inside:
            return False
        body = inside[part]
    return True


def functions_in(file: Path) -> set[str]:
    return {node.name for node in ast.walk(tree_of(file)) if isinstance(node, FUNCTIONS)}


def test_every_requirement_of_levels_1_and_2_stands_there_once_and_in_order():
    assert [one for ids, _, _ in rows() for one in ids] == WANTED


def test_no_row_is_passed_over():
    assert len(rows()) == len(re.findall(r"^\| v", PAGE, re.MULTILINE))


@pytest.mark.parametrize(("path", "name"), sorted(set(PLACE.findall(PAGE))))
def test_every_place_exists(path, name):
    files = [folder / path for folder in (ROOT, ROOT / "pingpilot_app")]
    assert any(file.exists() and defines(file, name) for file in files)


@pytest.mark.parametrize(("path", "name"), sorted(set(TEST.findall(PAGE))))
def test_every_test_exists(path, name):
    assert name in functions_in(ROOT / "tests" / path)


def test_a_row_names_a_place_or_a_test_or_says_why_not():
    for ids, how, shown in rows():
        told = how.strip().startswith(UNMET) or "above" in how or "SECURITY.md" in how
        assert told or PLACE.search(how) or TEST.search(shown), ids


def test_what_is_not_met_is_told_at_the_top():
    told = PAGE.partition("## Not met, and why")[2].partition("\n## ")[0]
    heads = re.findall(r"^- \*\*.*?\*\*[^()]*\(([\d., ]+)\)", told, re.MULTILINE)
    listed = {one for head in heads for one in head.split(", ")}
    marked = {one for ids, how, _ in rows() for one in ids if how.strip().startswith(UNMET[:2])}
    assert listed == marked
