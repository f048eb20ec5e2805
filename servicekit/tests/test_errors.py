"""Errors between services: the caller receives the error that the service raised."""

from typing import Any

import pytest

from servicekit.errors import (
    Blocked,
    Busy,
    Conflict,
    CrossOrgAccess,
    DomainError,
    FieldError,
    Forbidden,
    Gone,
    InsufficientBalance,
    InternalTokenRefused,
    InvalidInput,
    NotFound,
    PayloadTooLarge,
    PreconditionFailed,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from servicekit.tests.rpc.toy_service import serving

TEXT = "Nur 5 € übrig;\nbitte aufladen (100 %)"


class CampaignBusy(Conflict):
    """An error class that only one service defines."""


async def received(error: Exception) -> DomainError:
    """Return the error that a caller receives if the called method raises ``error``."""

    async def fail(request: Any, context: Any) -> Any:
        raise error

    async with serving({"Member": fail}) as service:
        with pytest.raises(DomainError) as answer:
            await service.call("Member")
    return answer.value


@pytest.mark.parametrize(
    "error",
    [
        Unauthenticated(TEXT),
        Forbidden(TEXT),
        Forbidden(TEXT, "contact_opted_out"),
        CrossOrgAccess(),
        InsufficientBalance(TEXT),
        NotFound(TEXT, "campaign_not_found"),
        Gone(TEXT, "link_expired"),
        Conflict(TEXT, "campaign_running"),
        Conflict(TEXT, "phone_taken", {"contactId": "c", "count": 3, "names": ["Größe"]}),
        PreconditionFailed(TEXT, facts={"version": 3, "changedFields": ["name"]}),
        TooManyRequests(TEXT),
        Unavailable(TEXT, "provider_unavailable"),
        Blocked(TEXT, "credentials_unreadable"),
        Busy(),
        InvalidInput.of("name", TEXT, "name_taken"),
        InvalidInput([FieldError("recipients[0].phone", "is not a number"), FieldError("b", "c")]),
        PayloadTooLarge([FieldError("file", "is over 20 MB")]),
    ],
    ids=lambda error: f"{type(error).__name__}-{error.code}",
)
async def test_an_error_reaches_the_caller_of_a_service_as_it_was_raised(
    error: DomainError,
) -> None:
    answer = await received(error)
    assert type(answer) is type(error)
    assert (answer.code, answer.message) == (error.code, error.message)
    assert answer.fields == error.fields
    assert answer.facts == error.facts
    assert answer.http_status == error.http_status


async def test_every_error_class_of_the_kit_is_tested_to_reach_the_caller() -> None:
    def kinds(kind: type[DomainError]) -> set[type[DomainError]]:
        return {kind, *(k for below in kind.__subclasses__() for k in kinds(below))}

    in_the_kit = {k for k in kinds(DomainError) if k.__module__ == "servicekit.errors"}
    marks: Any = test_an_error_reaches_the_caller_of_a_service_as_it_was_raised
    tested = {type(error) for error in marks.pytestmark[0].args[1]}
    assert in_the_kit == tested | {DomainError, InternalTokenRefused}


async def test_a_call_whose_internal_token_is_refused_is_an_outage_to_its_caller() -> None:
    answer = await received(InternalTokenRefused(TEXT))
    assert (type(answer), answer.http_status) == (Unavailable, 503)


async def test_an_error_class_of_one_service_arrives_as_its_common_base_class() -> None:
    answer = await received(CampaignBusy("It is sending.", "campaign_busy"))
    assert (type(answer), answer.code, answer.message) == (
        Conflict,
        "campaign_busy",
        "It is sending.",
    )


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("secret"), DomainError("secret"), TimeoutError("secret")]
)
async def test_an_unexpected_error_reaches_the_caller_without_details(error: Exception) -> None:
    answer = await received(error)
    assert (type(answer), answer.code) == (DomainError, "internal_error")
    assert "secret" not in answer.message


async def test_an_error_about_too_many_fields_for_a_response_is_shortened() -> None:
    faults = [FieldError(f"recipients[{n}].phone", "is not a number " * 40) for n in range(1000)]
    answer = await received(InvalidInput(faults))
    assert isinstance(answer, InvalidInput)
    assert [fault.field for fault in answer.fields] == [f.field for f in faults[:100]]
