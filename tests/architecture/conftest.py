"""What the tests of the code's shape share."""

import gc
from collections.abc import Iterator

import pytest

from tests.architecture.source import parsed


@pytest.fixture(scope="package", autouse=True)
def trees_go_with_their_tests() -> Iterator[None]:
    """The trees of the whole project are a million objects, and none of them is garbage."""
    gc.disable()
    yield
    parsed.cache_clear()
    gc.enable()
