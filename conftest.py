"""Plugins for every test of the project: servers, databases, and closed doors to the outside."""

import pytest

pytest_plugins = [
    "tests.fixtures.loopback",
    "tests.fixtures.servers",
    "tests.fixtures.databases",
    "tests.fixtures.running",
    "tests.fixtures.services",
    "tests.fixtures.kms",
    "tests.fixtures.platform",
]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file on one worker: they share the services that the file starts."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
