"""`make restore-drill`: destroy a platform that is being used, and restore it to a moment.

The commands are those of docs/operations.md. What happened between the moment and the disaster is
in no database, but the providers know it. Payments are credited again, opt-outs are found again,
and texts that were sent are not sent again. What remains is listed for a person.
"""

import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import LiteralString

import psycopg

from deploy.local.account import give_to_server
from deploy.local.demo.screen import Screen
from deploy.local.drills.lost_time import Lost, checks, holds
from deploy.local.drills.running import run
from deploy.local.drills.shell import Operator
from deploy.local.options import StackOptions
from deploy.local.ports import free_port
from deploy.local.process import Process
from deploy.local.servers import in_parallel
from deploy.local.stack import Stack, StackError
from deploy.local.testkit.api import Api
from deploy.local.testkit.books import Check
from deploy.local.testkit.load import Load
from deploy.local.testkit.organisation import Organisation
from deploy.local.testkit.patience import SETTLES_WITHIN
from deploy.local.testkit.people import Audience, make_audience
from deploy.local.testkit.simulator_client import SimulatorClient
from deploy.local.waiting import wait_for

_SETTINGS = {
    "SEND_RATE": "12",
    "SEND_LEASE_SECONDS": "5",
    "UNKNOWN_HORIZON_SECONDS": "2",
    "POLL_AFTER_SECONDS": "2",
    "LEASE_SECONDS": "3",
    "RATE_LIMITS": "off",
}
_ROWS = 200
_TEXT = "Hi {{firstName}}, doors open at 7 pm."
_TOP_UP_CENTS = 2_000
_LATE_TOP_UP_CENTS = 500
_LOADS_FIRST_NUMBER = 6_700_000
# Texts of the campaign that are sent before the moment, and then until the disaster.
_BEFORE, _AFTER = 40, 40
_WITHIN = 90.0
_NOW = """
SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US+00:00')
"""
_UNKNOWN = "SELECT count(*)::text FROM sms_messages WHERE status = 'unknown'"


@dataclass(slots=True)
class RestoreDrill:
    """One drill. `figures` are printed at the end."""

    stack: Stack
    simulator: SimulatorClient
    organisation: Organisation
    backups: Path
    screen: Screen
    audience: Audience = field(default_factory=lambda: make_audience(_ROWS))
    figures: dict[str, str] = field(default_factory=dict)
    lost_session: str = ""

    def play(self) -> bool:
        """Play the drill from the backup to the last check. Return whether all checks hold."""
        operator = Operator(self.stack, variables_for(self.backups))
        self._open()
        operator.follow("archive")
        self.stack.postgres.restart()
        self.stack.wait_ready()
        load = Load(self.organisation, _LOADS_FIRST_NUMBER)
        with load.running():
            operator.follow("base-backup")
            self.screen.line("took a base backup while texts were being accepted")
            campaign_id, moment = self._use_until_the_disaster(load)
            self._destroy()
            load.give_up()
        self.figures["texts accepted by the API"] = f"{len(load.sent):,}"
        self._restore(operator, moment)
        self.screen.line("restored, and followed the steps of the page; sending is held")
        return self._find_and_check(operator, campaign_id, moment)

    def _open(self) -> None:
        org = self.organisation
        org.sign_up("Harbour Nights")
        org.verify_address()
        org.top_up(_TOP_UP_CENTS)
        org.set_up_sending(2)
        org.opt_out(self.audience.opted_out)
        self.screen.line("an organisation signed up, paid and bought numbers")

    def _use_until_the_disaster(self, load: Load) -> tuple[str, str]:
        """Send a campaign. Choose a moment in its middle, and go on until a disaster can follow.

        Return the campaign's id and the moment.
        """
        org = self.organisation
        list_id, _ = org.list_from("Guests", self.audience.file)
        campaign_id = org.draft("Doors", list_id, _TEXT)
        org.send(campaign_id)
        early = org.api.post("/api/billing/stripe/checkout", {"amountCents": _LATE_TOP_UP_CENTS})
        self._wait_for_texts(_BEFORE)
        moment = ask(self.stack.superuser_url, _NOW)
        self.screen.line(f"the moment to which everything will be restored: {moment}")
        accepted = len(load.sent)
        self.simulator.pay_at(early["sessionUrl"])
        org.topups[early["sessionId"]] = _LATE_TOP_UP_CENTS
        self.lost_session = org.pay(_LATE_TOP_UP_CENTS)
        wait_for("the credits of the lost time", lambda: self._is_credited(2), _WITHIN, every=0.5)
        org.opt_out([self.audience.reachable[-1].phone])
        self._wait_for_texts(len(org.texts()) + _AFTER)
        wait_for("texts of the lost time", lambda: len(load.sent) > accepted, _WITHIN)
        self._archive_log()
        return campaign_id, moment

    def _wait_for_texts(self, count: int) -> None:
        org = self.organisation
        wait_for(f"{count} texts at the provider", lambda: len(org.texts()) >= count, _WITHIN)

    def _archive_log(self) -> None:
        """Wait until the log of the lost time is in the archive, as it is after a minute."""
        name = ask(self.stack.superuser_url, "SELECT pg_walfile_name(pg_switch_wal())")
        file = self.backups / "wal" / name
        wait_for("the archive of the write-ahead log", file.exists, _WITHIN)

    def _destroy(self) -> None:
        """Kill every process at once, and delete the data of both servers."""
        stack = self.stack
        self._kill_services(stack.postgres.process, stack.nats.process)
        shutil.rmtree(stack.postgres.data_folder)
        stack.nats.delete_store()
        self.screen.line("killed all processes, and deleted the databases and the bus")

    def _kill_services(self, *others: Process) -> None:
        stack = self.stack
        services = [stack.process(name) for name in stack.process_names if name != "simulator"]
        in_parallel([partial(each.kill, keep_down=True) for each in (*services, *others)])
        sent = len(self.organisation.texts())
        self.figures["texts at the provider at the disaster"] = f"{sent:,}"

    def _restore(self, operator: Operator, moment: str) -> None:
        operator.follow("restore", MOMENT=moment)
        self.stack.postgres.start()
        operator.follow("promote")
        operator.follow("older")
        self.stack.nats.start()
        self._start_services()

    def _start_services(self) -> None:
        names = [name for name in self.stack.process_names if name != "simulator"]
        in_parallel([self.stack.process(name).start for name in names])
        self.stack.wait_ready()

    def _find_and_check(self, operator: Operator, campaign_id: str, moment: str) -> bool:
        org = self.organisation
        self.simulator.resend_payments()
        wait_for("the credit of the lost time", lambda: self._is_credited(1), _WITHIN, every=0.5)
        lately = self.audience.reachable[-1].phone
        wait_for("the opt-out of the lost time", lambda: org.is_opted_out(lately), _WITHIN)
        wait_for("the end of the searches", self._nothing_unknown, _WITHIN, every=0.5)
        operator.follow("list-charges", MOMENT=moment)
        printed = operator.follow("find-lost", MOMENT=moment)
        lost = Lost.parse(printed, self.lost_session)
        operator.follow("release")
        org.api.patch(f"/api/campaigns/{campaign_id}/resume")
        org.wait_until_done(campaign_id)
        operator.follow("verify")
        return self._verdict(lost)

    def _is_credited(self, late_payments: int) -> bool:
        """Tell whether the first payment and so many payments of the lost time are credited."""
        rows = self.organisation.api.every("/api/billing/transactions")
        return len([row for row in rows if row["source"] == "stripe"]) == 1 + late_payments

    def _nothing_unknown(self) -> bool:
        return ask(self.stack.postgres.url("messaging"), _UNKNOWN) == "0"

    def _verdict(self, lost: Lost) -> bool:
        org = self.organisation
        return self._report(lost, lambda: checks(org.books(), lost))

    def _report(self, lost: Lost, check: Callable[[], Sequence[Check]]) -> bool:
        """Wait until the checks hold, and print them with the figures."""
        with suppress(TimeoutError):  # the checks say what is wrong
            wait_for("right books", lambda: holds(check()), SETTLES_WITHIN, every=1.0)
        results = check()
        self.figures |= {
            "texts at the provider in all": f"{len(self.organisation.texts()):,}",
            "of these listed for a person": f"{len(lost.texts):,}",
            "payments listed for a person": f"{len(lost.payments):,}",
        }
        self.screen.table("The restore in figures", self.figures)
        self.screen.proof(results)
        return holds(results)


def ask(url: str, query: LiteralString) -> str:
    """Return the text that a query returns, as the superuser."""
    with psycopg.connect(url, autocommit=True) as connection:
        return "".join(text for (text,) in connection.execute(query))


def variables_for(backups: Path) -> dict[str, str]:
    """Return the variables that the page asks for."""
    return {
        "BACKUPS": str(backups),
        "BASE": str(backups / "base"),
        "CHARGES": str(backups.with_name("charges")),
        "BESIDE": str(backups / "beside"),
        "BESIDE_PORT": str(free_port()),
    }


def play(kind: type[RestoreDrill], folder: Path, screen: Screen) -> bool:
    """Play a drill on a platform of its own. Return whether all checks hold."""
    backups = folder / "backups"
    backups.mkdir(mode=0o700)
    give_to_server(backups)
    options = StackOptions(state_dir=folder / "state", settings=_SETTINGS, report=screen.line)
    with Stack(options) as stack:
        if stack.simulator_url is None:
            raise StackError("the drill needs the simulator: give no credentials of providers")
        simulator = SimulatorClient(stack.simulator_url)
        with Api(stack.gateway_url) as api:
            organisation = Organisation(api, simulator)
            holds = kind(stack, simulator, organisation, backups, screen).play()
        simulator.close()
    return holds


if __name__ == "__main__":
    sys.exit(run(partial(play, RestoreDrill)))
