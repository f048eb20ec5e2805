"""`make upgrade-drill`: upgrade a platform from the last release while a campaign is being sent.

The last release begins on its own schema. Its databases are migrated while it runs, and it goes on
with the new schema. Then each of its processes is replaced, one after the other. In the end all go
back to the last release, and forward again. Every text that the API accepted must be sent once.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.demo.screen import Screen
from deploy.local.drills.release import ReleasedCode, check_out, exchange, last_release, output_of
from deploy.local.drills.running import run
from deploy.local.options import StackOptions
from deploy.local.process import Command
from deploy.local.stack import Stack, StackError
from deploy.local.testkit.api import Api
from deploy.local.testkit.books import Check
from deploy.local.testkit.load import Load
from deploy.local.testkit.organisation import Organisation
from deploy.local.testkit.patience import SETTLES_WITHIN
from deploy.local.testkit.people import make_audience
from deploy.local.testkit.simulator_client import SimulatorClient
from deploy.local.waiting import wait_for

_SETTINGS = {
    "SEND_RATE": "25",
    "SEND_LEASE_SECONDS": "5",
    "UNKNOWN_HORIZON_SECONDS": "2",
    "POLL_AFTER_SECONDS": "2",
    "LEASE_SECONDS": "3",
    "RATE_LIMITS": "off",
}
_ROWS = 600
_TEXT = "Hi {{firstName}}, doors open at 7 pm."
_TOP_UP_CENTS = 5_000
_LOADS_FIRST_NUMBER = 6_800_000
_MORE = 10
_WITHIN = 90.0
_WAITS_FOR_SCHEMA = "database_not_migrated_yet"
# Senders first: one of them shows that a new process waits on the old schema.
_NEW_ON_OLD_SCHEMA = "sender-2"


@dataclass(slots=True)
class UpgradeDrill:
    """One drill. `commands` are those of this release; `figures` are printed at the end."""

    stack: Stack
    code: ReleasedCode
    simulator: SimulatorClient
    organisation: Organisation
    screen: Screen
    commands: dict[str, Command]
    figures: dict[str, str] = field(default_factory=dict)

    def play(self) -> bool:
        """Play the drill to the last check. Return whether all checks hold."""
        org = self.organisation
        org.sign_up("Harbour Nights")
        org.verify_address()
        org.top_up(_TOP_UP_CENTS)
        org.set_up_sending(2)
        list_id, _ = org.list_from("Guests", make_audience(_ROWS).file)
        campaign_id = org.draft("Doors", list_id, _TEXT)
        org.send(campaign_id)
        self.screen.line("the last release sends a campaign")
        load = Load(org, _LOADS_FIRST_NUMBER)
        with load.running():
            self._upgrade(load)
            self._go_back_and_forward(load)
        org.wait_until_done(campaign_id)
        self._charge_numbers()
        return self._verdict(load)

    def _upgrade(self, load: Load) -> None:
        self._more(load)
        self._begin_too_early()
        self.stack.migrate()
        self.stack.wait_ready(_NEW_ON_OLD_SCHEMA)
        self.screen.line("migrated the databases; the process that waited for this is ready")
        self._more(load)
        self.screen.line("the last release goes on with the new schema")
        names = [name for name in self.commands if name != _NEW_ON_OLD_SCHEMA]
        for name in names:
            exchange(self.stack, [name], self.commands.__getitem__)
        self._more(load)
        self.figures["processes replaced one by one"] = str(len(names))
        self.screen.line("all processes are of this release")

    def _begin_too_early(self) -> None:
        """Start a process of this release on the old schema. It must wait for the migrations."""
        process = self.stack.process(_NEW_ON_OLD_SCHEMA)
        process.stop()
        process.command = self.commands[_NEW_ON_OLD_SCHEMA]
        process.start()
        log = process.command.log_file
        wait_for(
            "a process that waits for the new schema",
            lambda: _WAITS_FOR_SCHEMA in log.read_text(encoding="utf-8", errors="replace"),
            _WITHIN,
        )

    def _go_back_and_forward(self, load: Load) -> None:
        """Replace all processes at once by the last release's, and then by this release's."""
        names = self.code.processes(self.stack)
        exchange(self.stack, names, self._released)
        self._more(load)
        self.screen.line("went back to the last release, which works on the new schema")
        exchange(self.stack, names, self.commands.__getitem__)
        self._more(load)
        self.screen.line("went forward again")

    def _charge_numbers(self) -> None:
        """Do the hourly job now. A release without prices of numbers has bought these numbers.

        The first run begins their months, and the second one charges them.
        """
        command = self.commands["messaging"]
        argv = [sys.executable, "-m", "services.messaging", "job", "charge-numbers"]
        for _ in range(2):
            output_of(argv, command.cwd or Path.cwd(), command.env)

    def _released(self, name: str) -> Command:
        return self.code.command(self.commands[name], self.stack.nats_url)

    def _more(self, load: Load) -> None:
        wanted = len(load.sent) + _MORE
        wait_for("more accepted texts", lambda: len(load.sent) >= wanted, _WITHIN)

    def _verdict(self, load: Load) -> bool:
        _, checks = self.organisation.settled_books(SETTLES_WITHIN)
        texts = self.organisation.texts()
        checks = [*checks, Check("every accepted text was sent, once", self._lost(load))]
        self.figures |= {
            "texts accepted by the API": f"{len(load.sent):,}",
            "requests that were refused for now": f"{len(load.failures):,}",
            "texts at the provider": f"{len(texts):,}",
        }
        self.screen.table("The upgrade in figures", self.figures)
        self.screen.proof(checks)
        return all(check.holds for check in checks)

    def _lost(self, load: Load) -> Sequence[str]:
        sent = {(text.to, str(text.message_id)) for text in self.organisation.texts()}
        return [f"{to}: {id_}" for to, id_ in load.sent.items() if (to, id_) not in sent]


def _play(folder: Path, screen: Screen) -> bool:
    screen.line(f"making the code of {last_release()}")
    code = check_out(folder / "release", last_release())
    options = StackOptions(
        state_dir=folder / "state", senders=2, replicas=2, settings=_SETTINGS, report=screen.line
    )
    stack = Stack(options)
    try:
        stack.start_servers()
        return _on(stack, code, screen)
    finally:
        stack.stop()


def _on(stack: Stack, code: ReleasedCode, screen: Screen) -> bool:
    """Start the last release on the running servers, and play the drill."""
    if stack.simulator_url is None:
        raise StackError("the drill needs the simulator: give no credentials of providers")
    services = [name for name in stack.process_names if name != "simulator"]
    commands = {name: stack.process(name).command for name in services}
    code.migrate(stack)
    released = code.processes(stack)
    for name in released:
        stack.process(name).command = code.command(commands[name], stack.nats_url)
    stack.start_services(*released)
    simulator = SimulatorClient(stack.simulator_url)
    with Api(stack.gateway_url) as api:
        organisation = Organisation(api, simulator)
        drill = UpgradeDrill(stack, code, simulator, organisation, screen, commands)
        holds = drill.play()
    simulator.close()
    return holds


if __name__ == "__main__":
    sys.exit(run(_play))
