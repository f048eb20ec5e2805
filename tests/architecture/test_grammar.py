"""Every service follows the same rules: typed rows, named methods, SQL in one room and so on."""

import ast
import re
from collections.abc import Iterator
from typing import TypeGuard

import pytest

from tests.architecture.source import Source, sources

_ROOMS = {"domain", "events", "http", "jobs", "providers", "rpc", "storage", "support", "usecases"}
_OPENS_A_TRANSACTION = {"org", "system"}
_WRITES = (
    *("add", "announce", "archive", "audit", "claim", "create", "delete", "end", "insert", "mark"),
    *("record", "remove", "save", "set", "store", "update"),
)
_PROTOBUF = re.compile(r"(smsblaster|google\.protobuf)\b")
_OTHER_USE_CASES_NEEDED = {
    ("messaging/inbox/usecases/send_reply.py", "send_message"): "a reply is a single message",
    (
        "messaging/sending/usecases/retry_event_message.py",
        "send_message",
    ): "a retry is a single message too",
    (
        "messaging/sending/usecases/retry_message.py",
        "send_message",
    ): "a retry is a single message too",
}
"""Use cases that import another use case, and the reason."""


def in_rooms(*rooms: str) -> Iterator[Source]:
    """Yield the services' files in these rooms, except tests."""
    for source in sources("services"):
        if not source.is_test and room_of(source) in rooms:
            yield source


def room_of(source: Source) -> str | None:
    """Return the room of a service's file: the last folder in its path with the name of a room."""
    return next((part for part in reversed(source.path.parts[:-1]) if part in _ROOMS), None)


def above_storage() -> Iterator[Source]:
    """Yield the services' files that must not depend on the database."""
    return in_rooms(*(_ROOMS - {"storage"}))


def test_no_code_outside_storage_uses_untyped_rows() -> None:
    found = [
        f"{source.path}:{node.lineno}"
        for source in above_storage()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.expr) and _is_untyped_row(node)
    ]
    assert found == []


def _is_untyped_row(node: ast.expr) -> bool:
    match node:
        case ast.Name(id="RowMapping"):
            return True
        case ast.Subscript(value=ast.Name(id="row"), slice=ast.Constant(value=str())):
            return True
    return False


def test_conditions_on_columns_are_written_only_in_storage() -> None:
    found = [
        f"{source.path}:{node.lineno}"
        for source in above_storage()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.expr) and _is_column(node)
    ]
    assert found == []


def _is_column(node: ast.expr) -> bool:
    match node:
        case ast.Attribute(value=ast.Attribute(attr="c")):
            return True
    return False


def test_use_cases_and_domain_do_not_import_protobuf_types() -> None:
    found = [
        f"{source.path}: {module}"
        for source in in_rooms("domain", "support", "usecases")
        for module, _ in source.imports()
        if _PROTOBUF.match(module)
    ]
    assert found == []


def test_no_class_in_these_rooms_makes_its_objects_callable() -> None:
    """A call of an object with ``__call__`` has no name that one can search for."""
    found = [
        f"{source.path}:{node.lineno}"
        for source in in_rooms("events", "jobs", "support", "usecases")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == "__call__"
    ]
    assert found == []


def test_storage_opens_no_transaction() -> None:
    found = [
        f"{source.path}:{node.lineno}"
        for source in in_rooms("domain", "providers", "storage")
        for node in ast.walk(source.tree)
        if _is_transaction(node)
    ]
    assert found == []


def test_a_servicer_opens_a_transaction_only_to_read() -> None:
    found = [
        f"{source.path}: {method.name} calls {called}"
        for source in in_rooms("rpc")
        for method in ast.walk(source.tree)
        if isinstance(method, ast.AsyncFunctionDef)
        for called in _called_in_transactions(method)
        if called.startswith(_WRITES)
    ]
    assert found == []


def _called_in_transactions(method: ast.AsyncFunctionDef) -> Iterator[str]:
    for transaction in filter(_is_transaction, ast.walk(method)):
        for node in ast.walk(transaction):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func).rpartition(".")[2]


def _is_transaction(node: ast.AST) -> TypeGuard[ast.AsyncWith]:
    return isinstance(node, ast.AsyncWith) and any(
        _opens_a_transaction(item.context_expr) for item in node.items
    )


def _opens_a_transaction(expression: ast.expr) -> bool:
    match expression:
        case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name in _OPENS_A_TRANSACTION:
            return "database" in ast.unparse(owner)
    return False


def test_a_use_case_imports_no_other_use_case() -> None:
    found = {
        ("/".join(source.path.parts[1:]), path.split(".usecases.")[1].split(".")[0])
        for source in in_rooms("usecases")
        for module, name in source.imports()
        if ".usecases." in (path := f"{module}.{name}")
    }
    assert found == set(_OTHER_USE_CASES_NEEDED)


@pytest.mark.parametrize("code", ["row['id']", "RowMapping"])
def test_the_check_finds_an_untyped_row_outside_storage(code: str) -> None:
    assert _is_untyped_row(ast.parse(code, mode="eval").body)


def test_the_check_finds_a_condition_on_a_column_outside_storage() -> None:
    assert _is_column(ast.parse("contacts.c.id", mode="eval").body)


@pytest.mark.parametrize("database", ["database", "self._database", "self._kit.database"])
@pytest.mark.parametrize("scope", ["org(org_id)", "system()"])
def test_the_check_finds_a_write_in_a_servicers_transaction(database: str, scope: str) -> None:
    code = f"async def Get():\n async with {database}.{scope} as c:\n  await contacts.update(c)"
    [method] = ast.parse(code).body
    assert isinstance(method, ast.AsyncFunctionDef)
    assert "update" in _called_in_transactions(method)


@pytest.mark.parametrize("module", ["smsblaster.contacts.v1", "google.protobuf.timestamp_pb2"])
def test_the_check_finds_protobuf_types_in_a_use_case(module: str) -> None:
    assert _PROTOBUF.match(module)
