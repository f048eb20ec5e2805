"""Fixtures of the tests of the code's structure."""

import gc
from collections.abc import Iterator

import pytest

from tests.architecture.source import parsed


@pytest.fixture(scope="package", autouse=True)
def trees_go_with_their_tests() -> Iterator[None]:
    """Delete the syntax trees of the whole project (a million objects) after these tests."""
    gc.disable()
    yield
    parsed.cache_clear()
    gc.enable()
