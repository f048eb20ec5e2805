"""The jobs of the services run while the tests of this folder run."""

import pytest


@pytest.fixture(scope="module")
def runs_jobs() -> bool:
    return True
