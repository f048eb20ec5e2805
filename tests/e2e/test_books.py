"""The ledger checks in `deploy.local.testkit.books` find every kind of error."""

from dataclasses import replace
from uuid import UUID

import pytest

from deploy.local.testkit.books import Books, Counted, Transaction, check
from deploy.local.testkit.simulator_client import Attempt, ProviderText

MONTHS = "every phone number is charged once for its month"
CHARGED = "every accepted text is charged once, at its price"
REFUNDED = "texts that the provider did not accept, or that failed, are refunded"
CREDITED = "every payment is credited once, to the cent"
REPEATED = "nobody got the same text twice, unless it was retried"
COUNTED = "every campaign counts each of its recipients once"
SUM = "the balance is the sum of its transactions"

TEXT = ProviderText(
    id=1,
    sid="SM1",
    message_id=UUID(int=1),
    sender="+14155550100",
    to="+12126000000",
    body="Hi",
    status="delivered",
    error_code=None,
    segments=2,
    at=1_000,
)
FAILED = replace(TEXT, id=2, sid="SM2", message_id=UUID(int=2), to="+12126000037", status="failed")
AGAIN = replace(TEXT, message_id=UUID(int=2), status="failed")
PAID = Transaction("stripe", "pi_1", 500)
CHARGE = Transaction("sms", str(TEXT.message_id), -2)
FAILED_CHARGE = Transaction("sms", str(FAILED.message_id), -2)
REFUND = Transaction("sms", f"refund:{FAILED.message_id}", 2)
MONTH = Transaction("number", "n1:2026-11-29", -150)
CAMPAIGN = Counted("c1", recipients=3, parts={"sent": 1, "refused": 1, "optedOut": 1}, listed=3)
RIGHT = Books(
    ledger=(PAID, CHARGE, FAILED_CHARGE, REFUND),
    balance_cents=498,
    texts=(TEXT, FAILED),
    attempts=(Attempt(TEXT.to, 1_000, 201), Attempt(FAILED.to, 1_001, 201)),
    payments={"pi_1": 500},
    topups={"cs_1": 500},
    opted_out={TEXT.to: 1_000},
    campaigns=(CAMPAIGN,),
)
NUMBERED = {"ledger": (*RIGHT.ledger, MONTH), "balance_cents": 348, "numbers": {"n1": 150}}


def broken_claims(books: Books) -> set[str]:
    return {claim.claim for claim in check(books) if not claim.holds}


def test_correct_messages_and_charges_pass_every_check_of_the_ledger() -> None:
    assert broken_claims(RIGHT) == set()
    assert broken_claims(replace(RIGHT, **NUMBERED)) == set()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({"ledger": (PAID, FAILED_CHARGE, REFUND), "balance_cents": 500}, CHARGED),
        ({"ledger": (*RIGHT.ledger, CHARGE), "balance_cents": 496}, CHARGED),
        (
            {
                "ledger": (PAID, replace(CHARGE, cents=-1), FAILED_CHARGE, REFUND),
                "balance_cents": 499,
            },
            CHARGED,
        ),
        ({"ledger": (PAID, CHARGE, FAILED_CHARGE), "balance_cents": 496}, REFUNDED),
        ({"ledger": (*RIGHT.ledger, REFUND), "balance_cents": 500}, REFUNDED),
        (
            {
                "ledger": (*RIGHT.ledger, Transaction("sms", str(UUID(int=3)), -1)),
                "balance_cents": 497,
            },
            REFUNDED,
        ),
        ({"ledger": (*RIGHT.ledger, PAID), "balance_cents": 998}, CREDITED),
        ({"ledger": RIGHT.ledger[1:], "balance_cents": -2}, CREDITED),
        ({"topups": {"cs_1": 500, "cs_2": 500}}, CREDITED),
        ({"payments": {"pi_1": 400}}, CREDITED),
        ({"balance_cents": 499}, SUM),
        ({"campaigns": (replace(CAMPAIGN, recipients=4, listed=4),)}, COUNTED),
        ({"campaigns": (replace(CAMPAIGN, listed=2),)}, COUNTED),
        ({"numbers": {"n1": 150}}, MONTHS),
        ({**NUMBERED, "numbers": {"n1": 140}}, MONTHS),
        ({**NUMBERED, "numbers": {}}, MONTHS),
        (
            {**NUMBERED, "ledger": (*RIGHT.ledger, MONTH, MONTH), "balance_cents": 198},
            MONTHS,
        ),
        ({"texts": (TEXT, AGAIN)}, REPEATED),
        ({"texts": (TEXT, AGAIN, AGAIN), "retried": {TEXT.to}}, REPEATED),
        (
            {"attempts": (Attempt(TEXT.to, 1_001, 400),)},
            "nobody was texted after they opted out, and no attempt was made",
        ),
        (
            {"texts": (TEXT, replace(FAILED, message_id=None))},
            "every text that the provider accepted has an id of ours, and no two have the same id",
        ),
    ],
)
def test_the_checks_of_the_ledger_find_each_kind_of_error(
    changes: dict[str, object], broken: str
) -> None:
    assert broken in broken_claims(replace(RIGHT, **changes))  # type: ignore[arg-type]


def test_the_checks_of_the_ledger_allow_one_repetition_of_a_retried_text() -> None:
    assert REPEATED not in broken_claims(replace(RIGHT, texts=(TEXT, AGAIN), retried={TEXT.to}))


def test_a_failed_check_of_the_ledger_shows_the_first_errors_and_counts_the_rest() -> None:
    texts = [replace(TEXT, message_id=UUID(int=n)) for n in range(10, 14)]
    charged = next(c for c in check(replace(RIGHT, texts=texts)) if c.claim == CHARGED)
    assert str(charged).count("charged [] instead of 2 cents") == 3
    assert str(charged).endswith("and 1 more")
