"""The check before every gRPC method verifies caller, rights and input, and reports errors."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from servicekit import identity, operation
from servicekit.db.database import Database
from servicekit.errors import (
    Conflict,
    DomainError,
    FieldError,
    Forbidden,
    InvalidInput,
    Unauthenticated,
    Unavailable,
)
from servicekit.identity import Identity, acting_as
from servicekit.operation import operating
from servicekit.rpc.client import REQUEST_ID_HEADER, TOKEN_HEADER
from servicekit.rpc.errors import from_rpc
from servicekit.telemetry import tracing
from servicekit.telemetry.context import request_id, serving_request
from servicekit.tests.rpc.toy_contract import MAX_TEXT, toy
from servicekit.tests.rpc.toy_service import (
    MEMBER,
    ToyService,
    calls_counted,
    metadata_of,
    serving,
)
from servicekit.tokens import TokenSigner
from tests.fixtures.running import listening
from tests.fixtures.waiting import wait_until

ORG, USER = uuid4(), uuid4()
OWNER = Identity("gateway", ORG, USER, roles=frozenset({"owner"}))
ADMIN = Identity("gateway", ORG, USER, roles=frozenset({"admin"}))
OPERATOR = Identity("gateway", ORG, USER, roles=frozenset({"ADMIN"}))
NOBODY = Identity("gateway")
NO_USER = Identity("gateway", ORG)
WORKER = Identity("messaging", ORG)
EVERY_RULE = ("Public", "Member", "OrgAdmin", "PlatformAdmin", "Service", "Gateway")


async def echo(request: Any, context: Any) -> Any:
    return request


@pytest.fixture(scope="module")
async def echoing() -> AsyncIterator[ToyService]:
    async with serving(dict.fromkeys([*EVERY_RULE, "Unruled"], echo)) as service:
        yield service


@pytest.mark.parametrize("method", EVERY_RULE)
async def test_a_call_without_a_token_is_refused(echoing: ToyService, method: str) -> None:
    assert await is_refused(echoing.unary(method)(toy()))


@pytest.mark.parametrize(
    "token", ["", "nonsense", TokenSigner("gateway", b"another" * 8).sign(OPERATOR)]
)
async def test_a_call_with_a_bad_token_is_refused(echoing: ToyService, token: str) -> None:
    call = echoing.unary("Public")(toy(), metadata=((TOKEN_HEADER, token),))
    assert await is_refused(call)


async def is_refused(call: Any) -> bool:
    """Tell whether a call is refused because of its token.

    The gRPC status is UNAUTHENTICATED, which our own services treat as an outage.
    """
    with pytest.raises(grpc.aio.AioRpcError) as refusal:
        await call
    status = refusal.value.code()
    return status is grpc.StatusCode.UNAUTHENTICATED and isinstance(
        from_rpc(refusal.value), Unavailable
    )


@pytest.mark.parametrize(
    ("method", "allowed"),
    [
        ("Public", [NOBODY, NO_USER, MEMBER, ADMIN, OWNER, OPERATOR, WORKER]),
        ("Member", [MEMBER, ADMIN, OWNER, OPERATOR, WORKER]),
        ("OrgAdmin", [ADMIN, OWNER, OPERATOR]),
        ("PlatformAdmin", [OPERATOR]),
        ("Service", [WORKER]),
        ("Gateway", [MEMBER, ADMIN, OWNER, OPERATOR]),
    ],
)
async def test_a_method_serves_only_callers_that_its_rule_allows(
    echoing: ToyService, method: str, allowed: list[Identity]
) -> None:
    for caller in (NOBODY, NO_USER, MEMBER, ADMIN, OWNER, OPERATOR, WORKER):
        if caller in allowed:
            assert await echoing.call(method, identity=caller) == "hello"
        else:
            with pytest.raises((Unauthenticated, Forbidden)):
                await echoing.call(method, identity=caller)


async def test_no_user_can_call_methods_for_services(echoing: ToyService) -> None:
    with pytest.raises(Forbidden):
        await echoing.call("Service", identity=OPERATOR)


async def test_nobody_can_call_a_method_without_an_access_rule(echoing: ToyService) -> None:
    for caller in (NOBODY, OPERATOR, WORKER):
        with pytest.raises(DomainError):
            await echoing.call("Unruled", identity=caller)


async def test_a_method_can_read_the_caller_and_the_ids_of_request_and_operation() -> None:
    known: list[tuple[Identity, str, UUID | None]] = []

    async def remember(request: Any, context: Any) -> Any:
        known.append((identity.current(), request_id(), operation.current()))
        return request

    key = uuid4()
    async with serving({"Member": remember}) as service:
        with serving_request("request-7"), operating(key):
            await service.call("Member")
        await service.call("Member")
    assert known[0] == (MEMBER, "request-7", key)
    assert known[1][1] not in {"", "request-7"}
    assert known[1][2] is None


async def test_a_call_belongs_to_the_trace_of_its_caller() -> None:
    seen: list[str] = []

    async def remember(request: Any, context: Any) -> Any:
        seen.append(tracing.current().id)
        return request

    async with serving({"Member": remember}) as service:
        with tracing.tracing() as trace:
            await service.call("Member")
        token = metadata_of(MEMBER)[0]
        await service.unary("Member")(toy(), metadata=(token, (tracing.HEADER, "nonsense")))
    assert seen[0] == trace.id
    assert seen[1] not in {trace.id, tracing.current().id}


async def test_a_request_id_that_could_forge_a_log_line_is_replaced() -> None:
    seen: list[str] = []

    async def remember(request: Any, context: Any) -> Any:
        seen.append(request_id())
        return request

    async with serving({"Member": remember}) as service:
        token = metadata_of(MEMBER)[0]
        await service.unary("Member")(toy(), metadata=(token, (REQUEST_ID_HEADER, "x" * 100)))
    assert len(seen[0]) == 32


@pytest.mark.parametrize("text", ["", "x" * (MAX_TEXT + 1)])
async def test_input_is_checked_before_the_method_is_reached(
    echoing: ToyService, text: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await echoing.call("Member", text)
    assert [fault.field for fault in refusal.value.fields] == ["theText"]


async def test_a_forbidden_caller_does_not_learn_what_is_wrong_with_the_input(
    echoing: ToyService,
) -> None:
    with pytest.raises(Forbidden):
        await echoing.call("OrgAdmin", text="")


def errors_counted() -> float:
    return REGISTRY.get_sample_value("smsblaster_rpc_internal_errors_total") or 0


async def test_an_unexpected_error_is_logged_and_its_details_are_not_sent() -> None:
    async def fail(request: Any, context: Any) -> Any:
        raise KeyError("password of the database")

    before = errors_counted()
    async with serving({"Member": fail}) as service:
        with capture_logs() as lines, pytest.raises(DomainError) as answer:
            await service.call("Member")
    assert errors_counted() - before == 1
    assert type(answer.value) is DomainError
    assert "password" not in str(answer.value.message)
    assert [line["event"] for line in lines] == ["rpc_failed", "call_failed"]


async def test_while_the_database_is_down_calls_get_the_error_unavailable() -> None:
    database = Database(f"postgresql://toy:toy@{listening()}/toy")

    async def ask(request: Any, context: Any) -> Any:
        async with database.system():
            return request

    async with serving({"Member": ask}) as service:
        with pytest.raises(Unavailable):
            await service.call("Member")
    await database.close()


async def test_calls_are_counted_by_their_outcome() -> None:
    async def conflict(request: Any, context: Any) -> Any:
        raise Conflict("It is running already.")

    before = {s: calls_counted("Member", s) for s in ("OK", "ABORTED", "INVALID_ARGUMENT")}
    async with serving({"Member": conflict}) as service:
        for text in ("hello", "hello", ""):
            with pytest.raises(DomainError):
                await service.call("Member", text)
    async with serving({"Member": echo}) as service:
        await service.call("Member")
    expected = {"OK": 1, "ABORTED": 2, "INVALID_ARGUMENT": 1}
    # A caller may learn that its call ended before it is counted.
    await wait_until(
        lambda: {s: calls_counted("Member", s) - before[s] for s in before} == expected
    )


async def test_a_call_abandoned_by_its_caller_counts_as_cancelled() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def wait(request: Any, context: Any) -> Any:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    before = calls_counted("Member", "CANCELLED")
    async with serving({"Member": wait}) as service:
        call = asyncio.ensure_future(service.call("Member"))
        await begun.wait()
        call.cancel()
        await asyncio.wait_for(ended.wait(), 5)
        await wait_until(lambda: calls_counted("Member", "CANCELLED") == before + 1)


async def test_serving_a_call_does_not_change_the_identity_of_the_calling_code() -> None:
    async with serving({"Member": echo}) as service:
        with acting_as(WORKER):
            await service.call("Member", identity=OWNER)
            assert identity.current() == WORKER


async def test_invalid_fields_beyond_the_limit_are_only_counted() -> None:
    async def refuse(request: Any, context: Any) -> Any:
        raise InvalidInput([FieldError(f"numbers[{n}]", "is wrong") for n in range(5000)])

    async with serving({"Member": refuse}) as service:
        with pytest.raises(InvalidInput) as refusal:
            await service.call("Member")
    assert len(refusal.value.fields) == 100
    assert refusal.value.further == 4900
