"""A drill takes its commands from the page, and its checks see what was lost."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from deploy.local.drills.lost_time import Lost, checks
from deploy.local.drills.page import PAGE, Block, PageError, blocks
from deploy.local.drills.release import ReleaseError, check_out
from deploy.local.testkit.books import Books, Transaction
from deploy.local.testkit.simulator_client import Attempt, ProviderText

_PAGE = """
1. First:

   <!-- drill: restore -->
   ```sh
   cp -a "$BASE" "$PGDATA"
   touch "$PGDATA/recovery.signal"
   ```

```sh
rm -rf /not/of/the/drill
```

<!-- drill: restore -->
```sql
-- campaigns: pause
UPDATE sms_campaigns SET status = 'paused';
```

<!-- drill: verify -->
```sh
# billing: check
python -m services.billing job verify-ledger
```
"""
_STEPS = (
    "archive",
    "base-backup",
    "restore",
    "promote",
    "older",
    "list-charges",
    "find-lost",
    "release",
    "verify",
    "one-beside",
    "one-database",
    "one-messaging",
    "complete-lost",
)


def test_the_blocks_of_a_step_are_read_in_order_and_without_their_indentation() -> None:
    first, second = blocks("restore", _PAGE)
    assert first == Block("sh", 'cp -a "$BASE" "$PGDATA"\ntouch "$PGDATA/recovery.signal"\n', None)
    assert (second.language, second.service) == ("sql", "campaigns")
    assert [block.service for block in blocks("verify", _PAGE)] == ["billing"]


def test_a_step_that_the_page_lacks_ends_the_drill() -> None:
    with pytest.raises(PageError, match="promote"):
        blocks("promote", _PAGE)


def test_a_block_of_sql_must_name_its_database() -> None:
    with pytest.raises(PageError, match="UPDATE"):
        blocks("restore", _PAGE.replace("-- campaigns: pause\n", ""))


@pytest.mark.parametrize("step", _STEPS)
def test_the_page_for_operators_has_each_step_of_the_drill(step: str) -> None:
    assert blocks(step, PAGE.read_text(encoding="utf-8"))


def text_to(phone: str, number: int) -> ProviderText:
    """Return a text that the provider has delivered."""
    sid, body = f"SM{number}", "Doors open at 7 pm."
    return ProviderText(
        number, sid, uuid4(), "+14155550100", phone, body, "delivered", None, segments=1, at=number
    )


def books_of(*texts: ProviderText, charged: int) -> Books:
    """Return books in which the first texts are charged and one payment is credited."""
    ledger = [
        Transaction("stripe", "pi_1", 1_000),
        *(Transaction("sms", str(text.message_id), -1) for text in texts[:charged]),
    ]
    balance = sum(entry.cents for entry in ledger)
    return Books(ledger, balance, texts, [], payments={"pi_1": 1_000}, topups={"cs_1": 1_000})


def failed(books: Books, *lines: Mapping[str, object]) -> list[str]:
    """Return the claims that do not hold if these lines were printed for a person."""
    printed = "\n".join(['{"event": "a line of the log"}', *map(json.dumps, lines)])
    return [check.claim for check in checks(books, Lost.parse(printed, "cs_lost")) if check.faults]


ANN, BOB = text_to("+12126000001", 1), text_to("+12126000002", 2)
_BOB_IS_LOST = {"reason": "not_stored", "sid": BOB.sid}


def test_a_lost_text_must_be_listed() -> None:
    books = books_of(ANN, BOB, charged=1)
    assert failed(books) == ["every accepted text is charged once, at its price"]
    assert failed(books, _BOB_IS_LOST) == []


def test_a_text_that_is_charged_must_not_be_listed() -> None:
    assert "nothing that is paid for is listed for a person" in failed(
        books_of(ANN, BOB, charged=2), _BOB_IS_LOST
    )


def test_a_text_of_the_lost_time_must_not_be_sent_again() -> None:
    again = text_to(BOB.to, 3)
    claims = failed(books_of(again, ANN, BOB, charged=2), _BOB_IS_LOST)
    assert claims == ["nobody got a text of the lost time again"]


def test_a_text_after_an_opt_out_of_the_lost_time_is_seen() -> None:
    books = books_of(ANN, charged=1)
    after = replace(books, attempts=[Attempt(ANN.to, at=5, status=201)], opted_out={ANN.to: 4})
    assert "nobody was texted after an opt-out of the lost time" in failed(after)


def test_a_payment_that_is_not_credited_must_be_listed() -> None:
    books = books_of(ANN, charged=1)
    payments, topups = {**books.payments, "pi_2": 500}, {**books.topups, "cs_lost": 500}
    unpaid = replace(books, payments=payments, topups=topups)
    assert failed(unpaid) == ["every payment is credited once, to the cent"]
    line = {"reason": "not_credited", "paymentIntent": "pi_2", "cents": 500}
    assert failed(unpaid, line) == []


def test_a_release_that_git_does_not_have_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="no-such-release"):
        check_out(tmp_path, "no-such-release")
