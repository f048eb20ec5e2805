"""The bus: every subject is declared once, published by its service and read by a consumer."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from servicekit.bus import streams, subjects
from servicekit.bus.logins import LOGINS
from servicekit.bus.streams import Consumer
from servicekit.bus.subjects import PAYLOADS
from tests.architecture.source import Source, sources

_SUBJECT = re.compile(r"(event|job|webhook)\.")
_STREAMS = "servicekit.bus.streams"
_TABLE = "servicekit/bus"
LOGIN_SERVICES = {"sender": "messaging", "stream": "gateway", "delivery": "webhooks"}
"""The service of each login whose name is not the service's name."""


def consumers() -> dict[str, Consumer]:
    """Return every declared consumer by its name in the code."""
    return {name: value for name, value in vars(streams).items() if isinstance(value, Consumer)}


def _used(source: Source) -> Iterator[str]:
    """Yield the names from the table of subjects (``servicekit.bus.subjects``) that a file uses."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id == "subjects":
                yield node.attr
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record":
            yield "audit"


def _subject_of(name: str, service: str) -> str:
    """Return the subject with this name in the table of subjects, with the service filled in."""
    value = getattr(subjects, name if name.isupper() else f"ANY_{name.upper()}")
    return str(value).replace("event.*", f"event.{service}")


@cache
def published() -> set[str]:
    """Return every subject on which some code publishes."""
    found = {
        getattr(subjects, name if name.isupper() else f"ANY_{name.upper()}", None)
        for source in sources("services", "servicekit")
        if not source.is_test and source.path.name != "streams.py"
        for name in _used(source)
    }
    return {subject for subject in found if subject}


def _is_subject_in_text(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=str() as text):
            return _SUBJECT.match(text) is not None
        case ast.Call(func=ast.Attribute(attr="join"), args=[ast.List() | ast.Tuple() as joined]):
            first = joined.elts[0] if joined.elts else None
            words = {"event", "job", "webhook"}
            return isinstance(first, ast.Constant) and first.value in words
    return False


def hears(wanted: str, said: str) -> bool:
    """Tell whether a consumer of the subject `wanted` gets messages on the subject `said`."""
    ends_open = wanted.endswith(".>")
    asked, got = wanted.removesuffix(".>").split("."), said.split(".")
    if len(got) < len(asked) or (len(got) > len(asked) and not ends_open):
        return False
    return all("*" in (a, g) or a == g for a, g in zip(asked, got, strict=False))


def test_every_declared_consumer_is_run_by_a_service() -> None:
    used = {
        name
        for source in sources("services")
        if not source.is_test
        for module, name in source.imports()
        if module == _STREAMS
    }
    assert consumers().keys() - used == set()


def test_subjects_of_the_bus_are_written_only_in_the_table_of_subjects() -> None:
    elsewhere = [
        f"{source.path}:{node.lineno}"
        for source in sources("services", "servicekit")
        if not source.is_test and not source.path.is_relative_to(_TABLE)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.expr) and _is_subject_in_text(node)
    ]
    assert elsewhere == []


@pytest.mark.parametrize(
    "code",
    [
        "'event.billing.low_balance'",
        "'event.' + name",
        "f'event.{service}' + '.audit'",
        "'event.%s.audit' % service",
        "'job.send.{}'.format(org_id)",
        "'.'.join(['event', service, 'audit'])",
    ],
)
def test_the_check_of_bus_subjects_finds_one_that_is_not_in_the_table(code: str) -> None:
    assert any(_is_subject_in_text(node) for node in ast.walk(ast.parse(code, mode="eval")))


def test_every_bus_subject_has_a_message_type() -> None:
    declared = {
        value for name, value in vars(subjects).items() if name.isupper() and isinstance(value, str)
    }
    assert declared == PAYLOADS.keys()


def test_every_bus_subject_is_published_by_a_service() -> None:
    assert PAYLOADS.keys() - published() == set()


def test_every_bus_subject_has_a_consumer() -> None:
    heard = [consumer.subject for consumer in consumers().values()]
    heard += [subject for login in LOGINS for subject in login.hears]
    assert {said for said in PAYLOADS if not any(hears(wanted, said) for wanted in heard)} == set()


def test_every_consumer_reads_a_subject_that_is_in_the_table_of_subjects() -> None:
    silent = {
        name
        for name, consumer in consumers().items()
        if not any(hears(consumer.subject, said) for said in PAYLOADS)
    }
    assert silent == set()


def test_each_consumer_is_assigned_to_one_nats_login_of_the_service_that_runs_it() -> None:
    readers = {
        consumer.name: LOGIN_SERVICES.get(login.name, login.name)
        for login in LOGINS
        for consumer in login.consumers
    }
    assert len(readers) == sum(len(login.consumers) for login in LOGINS)
    runs = {
        consumers()[name].name: source.path.parts[1]
        for source in sources("services")
        if not source.is_test
        for module, name in source.imports()
        if module == _STREAMS and name in consumers()
    }
    assert readers == runs


def test_a_service_publishes_only_on_subjects_that_its_nats_logins_allow() -> None:
    for source in sources("services"):
        service = source.path.parts[1]
        allowed = [
            subject
            for login in LOGINS
            if LOGIN_SERVICES.get(login.name, login.name) == service
            for subject in [*login.publishes, *(c.subject for c in login.consumers)]
        ]
        for name in () if source.is_test else _used(source):
            said = _subject_of(name, service)
            assert any(hears(each, said) for each in allowed), (str(source.path), said)


def test_no_two_consumers_have_the_same_name() -> None:
    names = [consumer.name for consumer in consumers().values()]
    assert len(names) == len(set(names))
