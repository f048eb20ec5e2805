"""The second part of `make restore-drill`: messaging's database alone comes back older.

Billing, contacts, campaigns and the webhook log know the lost time. So the lost texts get their
rows back, with their charges; and what was paid for and not sent is listed for a person.
"""

import json
import sys
from collections.abc import Sequence, Set
from dataclasses import replace
from functools import partial

from deploy.local.drills.lost_time import Lost
from deploy.local.drills.restore import RestoreDrill, ask, play
from deploy.local.drills.running import run
from deploy.local.drills.shell import Operator
from deploy.local.testkit import books
from deploy.local.testkit.books import Books, Check
from deploy.local.waiting import wait_for

_WITHIN = 90.0
_UNHANDLED = "SELECT count(*)::text FROM webhook_logs WHERE processed_at IS NULL"
_CHARGED = """
SELECT provider_sid || ' ' FROM sms_messages
WHERE direction = 'out' AND charged AND provider_sid IS NOT NULL
"""


class OneDatabaseDrill(RestoreDrill):
    """A drill in which only messaging's database goes back to the moment."""

    def _destroy(self) -> None:
        """Kill the services, as if their database had gone under them."""
        self._kill_services()
        self.screen.line("killed the services; messaging's database is taken as lost")

    def _restore(self, operator: Operator, moment: str) -> None:
        operator.follow("one-beside", MOMENT=moment)
        operator.follow("one-database", DATABASE="messaging")
        operator.follow("older", "messaging")
        operator.follow("one-messaging")
        # For two minutes the bus drops what it has published already. Nobody restores in that time.
        self.stack.nats.wipe()
        self._start_services()

    def _find_and_check(self, operator: Operator, campaign_id: str, moment: str) -> bool:
        wait_for("the end of the searches", self._nothing_unknown, _WITHIN, every=0.5)
        wait_for("the webhooks of the lost time", self._all_handled, _WITHIN, every=0.5)
        operator.follow("list-charges", MOMENT=moment)
        operator.follow("complete-lost", MOMENT=moment)
        printed = operator.follow("find-lost", MOMENT=moment)
        operator.follow("release")
        self.organisation.wait_until_done(campaign_id)
        operator.follow("verify")
        only_charged = [
            json.loads(line)["messageId"]
            for line in printed.splitlines()
            if line.startswith('{"reason": "only_charged"')
        ]
        self.figures["charges listed for a person"] = str(len(only_charged))
        lost = Lost.parse(printed, "")
        return self._report(lost, lambda: self._checks(lost, only_charged))

    def _all_handled(self) -> bool:
        return ask(self.stack.postgres.url("webhooks"), _UNHANDLED) == "0"

    def _checks(self, lost: Lost, only_charged: Sequence[str]) -> Sequence[Check]:
        found = self.organisation.books()
        sent = {str(text.message_id) for text in found.texts}
        stored = set(ask(self.stack.postgres.url("messaging"), _CHARGED).split())
        nowhere = [t.sid for t in found.texts if t.sid not in stored | lost.texts]
        listed = [t.sid for t in found.texts if str(t.message_id) in only_charged]
        return [
            *books.check(_without(found, set(only_charged) - sent)),
            Check("every text at the provider has a charged message, or is listed", nowhere),
            Check(
                "no text whose charge alone is listed was sent, unless it is listed too",
                [sid for sid in listed if sid not in lost.texts],
            ),
        ]


def _without(found: Books, message_ids: Set[str]) -> Books:
    """Return the books without the charges for these messages, which a person refunds."""
    left = [entry for entry in found.ledger if entry.external_id not in message_ids]
    refunded = sum(e.cents for e in found.ledger) - sum(e.cents for e in left)
    return replace(found, ledger=left, balance_cents=found.balance_cents - refunded)


if __name__ == "__main__":
    sys.exit(run(partial(play, OneDatabaseDrill)))
