"""The libraries of other authors in the page: the files are those that rebuild.mjs builds."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess

import pytest
from project_files import PACKAGE

from cnnlab.page import list_page_files, read_page_file

VENDOR = PACKAGE / "page/vendor"
DESCRIPTION = json.loads((VENDOR / "vendor.json").read_text("utf-8"))


def test_each_built_file_has_the_checksum_that_was_recorded():
    built = {path.name for path in VENDOR.iterdir()} - {"vendor.json", "LICENSES.md", "rebuild.mjs"}
    assert built == set(DESCRIPTION["files"])
    for name, facts in DESCRIPTION["files"].items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == facts["sha256"], name


def test_each_library_has_a_free_licence_whose_text_is_there():
    licences = (VENDOR / "LICENSES.md").read_text("utf-8")
    for package in DESCRIPTION["packages"]:
        assert package["license"] in ("MIT", "Apache-2.0")
        assert f"{package['name']} {package['version']} ({package['license']})" in licences


def test_the_page_stays_small():
    """All files that the page of the lab loads have at most 300 KB in one compressed archive."""
    names = [name for name in list_page_files() if name.endswith((".js", ".css", ".html", ".svg"))]
    loaded = b"".join(read_page_file(name) for name in names if not name.startswith("lesson"))
    assert len(gzip.compress(loaded)) <= 300_000


@pytest.mark.slow
def test_a_build_from_npm_gives_the_same_bytes(tmp_path):
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed")
    answers = subprocess.run(["npm", "ping"], capture_output=True, check=False).returncode == 0
    if not answers:
        pytest.skip("the registry of npm does not answer")
    subprocess.run(["node", VENDOR / "rebuild.mjs", tmp_path], check=True)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (VENDOR / path.name).read_bytes(), path.name
