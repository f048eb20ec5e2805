"""Whatever is said on the bus is heard, and whoever is to hear it is there."""

import ast
import re
from functools import cache

import pytest

from servicekit.bus import streams
from servicekit.bus.logins import LOGINS
from servicekit.bus.streams import Consumer
from services.webhooks.rpc.payloads import kind_of
from tests.architecture.source import sources

_SUBJECT = re.compile(r"(event|job|webhook)(\.[a-z_*]+)+")
_STREAM_NAME = re.compile(r"(event|job|webhook)(\.|$)")
_STREAMS = "servicekit.bus.streams"
LOGIN_SERVICES = {"sender": "messaging"}
"""The service of each login that has another name."""


def consumers() -> dict[str, Consumer]:
    """Every consumer that is declared, by its name in the code."""
    return {name: value for name, value in vars(streams).items() if isinstance(value, Consumer)}


@cache
def published() -> set[str]:
    """Every subject that stands in the code; a part that is filled in is a star."""
    said = {
        text
        for source in sources("services", "servicekit")
        if not source.is_test and source.path.name != "streams.py"
        for node in ast.walk(source.tree)
        if (text := _text_of(node)) and _SUBJECT.fullmatch(text)
    }
    assert len(said) > len(consumers()) / 2, "the subjects were not found in the code"
    return said


def _text_of(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else "*" for part in node.values)
        return "".join(map(str, parts))
    return None


def _is_put_together(node: ast.AST) -> bool:
    """Whether a subject is made by adding, joining or formatting strings."""
    match node:
        case ast.BinOp(left=left, op=ast.Add() | ast.Mod(), right=right):
            parts = [left, right]
        case ast.Call(func=ast.Attribute(value=text, attr="format"), args=_):
            parts = [text]
        case ast.Call(func=ast.Attribute(attr="join"), args=[ast.List() | ast.Tuple() as joined]):
            parts = joined.elts
        case _:
            return False
    return any(_STREAM_NAME.match(_text_of(part) or "") for part in parts)


def hears(wanted: str, said: str) -> bool:
    """Whether a subject with stars of its own is one that a consumer asks for."""
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


def test_every_subject_is_written_as_one_string() -> None:
    """Otherwise these tests would not find it."""
    put_together = [
        f"{source.path}:{node.lineno}"
        for source in sources("services", "servicekit")
        if not source.is_test
        for node in ast.walk(source.tree)
        if isinstance(node, ast.expr) and _is_put_together(node)
    ]
    assert put_together == []


@pytest.mark.parametrize(
    "code",
    [
        "'event.' + name",
        "'event.billing.' + name",
        "f'event.{service}' + '.audit'",
        "'event.%s.audit' % service",
        "'job.send.{}'.format(org_id)",
        "'.'.join(['event', service, 'audit'])",
    ],
)
def test_a_subject_that_is_put_together_is_noticed(code: str) -> None:
    assert _is_put_together(ast.parse(code, mode="eval").body)


def test_every_subject_that_is_published_has_a_consumer() -> None:
    heard = [consumer.subject for consumer in consumers().values()]
    deaf = {said for said in published() if not any(hears(wanted, said) for wanted in heard)}
    assert deaf == set()


def test_every_consumer_hears_something_that_is_published() -> None:
    silent = {
        name
        for name, consumer in consumers().items()
        if not any(hears(consumer.subject, said) for said in published())
    }
    assert silent == set()


def test_operators_can_read_the_dead_letters_of_every_consumer() -> None:
    heard = {consumer.subject for consumer in consumers().values()}
    said = {subject.replace("*", "billing").replace(">", "x") for subject in heard}
    assert {subject for subject in said if kind_of(subject) is None} == set()


def test_every_consumer_is_read_by_one_login_of_the_service_that_runs_it() -> None:
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


def test_a_service_may_publish_what_it_says() -> None:
    for source in sources("services"):
        service = source.path.parts[1]
        allowed = [
            subject
            for login in LOGINS
            if LOGIN_SERVICES.get(login.name, login.name) == service
            for subject in [*login.publishes, *(c.subject for c in login.consumers)]
        ]
        for node in () if source.is_test else ast.walk(source.tree):
            said = _text_of(node) or ""
            if _SUBJECT.fullmatch(said):
                assert any(hears(each, said) for each in allowed), (str(source.path), said)


def test_every_consumer_has_a_name_of_its_own() -> None:
    names = [consumer.name for consumer in consumers().values()]
    assert len(names) == len(set(names))
