"""Plugins for every test of the project: servers, databases, and closed doors to the outside."""

pytest_plugins = [
    "tests.fixtures.loopback",
    "tests.fixtures.servers",
    "tests.fixtures.databases",
    "tests.fixtures.running",
    "tests.fixtures.platform",
]
