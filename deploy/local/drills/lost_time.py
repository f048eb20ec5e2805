"""Compare the books after a restore with the providers, and with the list of what was lost."""

import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any, Self

from deploy.local.testkit import books
from deploy.local.testkit.books import Books, Check


@dataclass(frozen=True, slots=True)
class Lost:
    """What the lists for a person have: texts by their SIDs, and payments with their cents.

    `sessions` are the checkout sessions of the lost time.
    """

    texts: Set[str]
    payments: Mapping[str, int]
    sessions: Set[str]

    @classmethod
    def parse(cls, printed: str, session: str) -> Self:
        """Read what the commands of the page have printed, also their log."""
        lines: list[dict[str, Any]] = [
            json.loads(line) for line in printed.splitlines() if line.startswith('{"reason"')
        ]
        return cls(
            frozenset(str(line["sid"]) for line in lines if "sid" in line),
            {line["paymentIntent"]: line["cents"] for line in lines if "paymentIntent" in line},
            frozenset([session]),
        )


def checks(found: Books, lost: Lost) -> Sequence[Check]:
    """Check the books without what was lost, and that the lists have all of that and no more.

    Nobody may get a text twice or after an opt-out, texts of the lost time included.
    """
    known = replace(
        found,
        texts=[text for text in found.texts if text.sid not in lost.texts],
        payments={id_: c for id_, c in found.payments.items() if id_ not in lost.payments},
        topups={id_: cents for id_, cents in found.topups.items() if id_ not in lost.sessions},
    )
    return [
        *books.check(known),
        Check("nobody got a text of the lost time again", books.repeats(found)),
        Check("nobody was texted after an opt-out of the lost time", books.unwanted(found)),
        Check("nothing that is paid for is listed for a person", _listed_wrongly(found, lost)),
    ]


def _listed_wrongly(found: Books, lost: Lost) -> Sequence[str]:
    credited = {entry.external_id for entry in found.ledger if entry.source == "stripe"}
    paid = [
        f"{text.sid} to {text.to} is charged"
        for text in found.texts
        if text.sid in lost.texts and str(text.message_id) in found.charges
    ]
    return paid + [f"payment {id_} is credited" for id_ in lost.payments.keys() & credited]


def holds(results: Sequence[Check]) -> bool:
    """Tell whether all checks hold."""
    return all(check.holds for check in results)
