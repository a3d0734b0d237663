"""The page's engine as a node process."""

import shutil

import pytest
from page_engine import Engine


@pytest.fixture(scope="session")
def engine():
    """One node process for all tests."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed (apt: nodejs)")
    started = Engine()
    yield started
    started.close()
