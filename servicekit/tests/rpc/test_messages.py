"""The values of a row are copied to the fields of a message that have the same names."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import pytest

from servicekit.rpc.messages import enum_name, enum_value, fill
from smsblaster.billing.v1 import transactions_pb2
from smsblaster.options.v1 import access_pb2
from smsblaster.webhooks.v1 import events_pb2

RATE_CLASS = access_pb2.RateClass.DESCRIPTOR
NOW = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)


class Kind(StrEnum):
    CREDIT = "credit"


def row(**changes: Any) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "user_id": uuid4(),
        "type": "credit",
        "amount_cents": 1250,
        "source": "stripe",
        "external_id": "pi_1",
        "description": "Top-up",
        "receipt_url": None,
        "created_at": NOW,
        "no_field_of_this_name": object(),
        **changes,
    }


def test_the_values_of_a_row_are_copied_to_a_message() -> None:
    values = row()
    message = fill(transactions_pb2.Transaction(), values)
    assert message.id == str(values["id"])
    assert message.amount_cents == 1250
    assert message.created_at.ToDatetime(UTC) == NOW
    assert not message.HasField("receipt_url")


def test_a_dataclass_is_copied_to_a_message_and_given_values_replace_its_own() -> None:
    @dataclass(frozen=True, slots=True)
    class Transaction:
        id: UUID
        amount_cents: int
        type: str

    transaction = Transaction(uuid4(), 1250, "debit")
    message = fill(transactions_pb2.Transaction(), transaction, amount_cents=5, description="Fee")
    assert message.id == str(transaction.id)
    assert (message.amount_cents, message.description) == (5, "Fee")


@pytest.mark.parametrize("kind", ["credit", Kind.CREDIT])
def test_an_enum_value_is_set_by_its_name_in_json(kind: str) -> None:
    message = fill(transactions_pb2.Transaction(), row(type=kind))
    assert enum_name(transactions_pb2.TransactionType.DESCRIPTOR, message.type) == "credit"


def test_lists_and_inner_messages_are_copied_to_a_message() -> None:
    outcome = events_pb2.WebhookOutcome(id="1", success=True)
    message = fill(events_pb2.WebhooksHandled(), {"outcomes": [outcome, outcome]})
    assert list(message.outcomes) == [outcome, outcome]


def test_a_value_that_does_not_fit_its_field_is_refused() -> None:
    with pytest.raises(TypeError, match="Timestamp"):
        fill(transactions_pb2.Transaction(), row(created_at="yesterday"))


@pytest.mark.parametrize("name", ["read", "write", "send", "sign_in"])
def test_converting_the_name_of_an_enum_value_and_back_returns_the_same_name(name: str) -> None:
    number = enum_value(RATE_CLASS, name)
    assert number > 0
    assert enum_name(RATE_CLASS, number) == name


def test_an_unknown_enum_name_is_refused() -> None:
    with pytest.raises(KeyError):
        enum_value(RATE_CLASS, "telepathy")
