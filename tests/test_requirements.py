"""What is installed is what was looked at: every version pinned, every file by its hash."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PARTS = ["requirements", "requirements-dev", "requirements-scan"]


def wanted(part: str) -> dict[str, str]:
    """Return the version of each direct dependency."""
    lines = (ROOT / f"{part}.in").read_text().splitlines()
    pins = [line for line in lines if line and line[0] not in "#-"]
    return {name(pin): pin.partition("==")[2] for pin in pins}


def locked(part: str) -> dict[str, list[str]]:
    """Return the version of everything that is installed, and the hashes of its files."""
    found: dict[str, list[str]] = {}
    for block in re.split(r"\n(?=\S)", (ROOT / f"{part}.txt").read_text().strip()):
        pin, *hashes = block.replace("\\\n", "").split("--hash=")
        found[name(pin)] = [re.split(r"[ ;]", pin.partition("==")[2])[0], *hashes]
    return found


def name(pin: str) -> str:
    return re.split(r"[\[=]", pin)[0].lower().replace("_", "-").replace(".", "-")


@pytest.mark.parametrize("part", PARTS)
def test_every_direct_dependency_is_pinned_and_locked_to_the_same_version(part):
    pins, lock = wanted(part), locked(part)
    assert pins
    assert {one: lock[one][0] for one in pins} == pins


@pytest.mark.parametrize("part", PARTS)
def test_every_file_that_is_installed_has_a_hash(part):
    for package, (version, *hashes) in locked(part).items():
        assert re.fullmatch(r"[0-9][0-9a-z.+]*", version), package
        assert hashes, package
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one.strip()) for one in hashes), package


def test_the_tests_run_with_the_versions_that_users_run():
    runtime, dev = locked("requirements"), locked("requirements-dev")
    assert {one: dev[one][0] for one in runtime} == {one: lock[0] for one, lock in runtime.items()}


def test_the_lock_names_no_index_so_that_any_mirror_can_serve_it():
    for part in PARTS:
        assert "://" not in (ROOT / f"{part}.txt").read_text()
