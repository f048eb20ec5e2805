"""Load the plugins of every test: distribution, servers, databases, and no network but loopback."""

pytest_plugins = [
    "tests.fixtures.bytecode",
    "tests.fixtures.distribution",
    "tests.fixtures.failed_tasks",
    "tests.fixtures.garbage",
    "tests.fixtures.loopback",
    "tests.fixtures.servers",
    "tests.fixtures.databases",
    "tests.fixtures.running",
    "tests.fixtures.services",
    "tests.fixtures.kms",
    "tests.fixtures.platform",
    "tests.fixtures.property_tests",
    "tests.fixtures.statements",
]
