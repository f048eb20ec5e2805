"""The options of one local platform."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class StackOptions:
    """The options of one platform.

    A port that is None means any free port. `given` is the user's environment: its servers,
    credentials and addresses replace the embedded servers, the simulator and the generated secrets.
    `settings` go to every service process. `overrides` go to single processes by name (`sender`
    means all sender workers). `replicas` is the number of processes for each service that serves
    only gRPC. `project` is the checkout whose services run. `durable=False` is faster, but data may
    be lost in a crash of the machine. `report` gets one line per step.
    """

    state_dir: Path
    port: int | None = None
    webhooks_port: int | None = None
    simulator_port: int | None = None
    stream_port: int | None = None
    senders: int = 1
    replicas: int = 1
    given: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    overrides: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    project: Path = _CHECKOUT
    durable: bool = True
    report: Callable[[str], None] = lambda _line: None

    @property
    def chosen_ports(self) -> Mapping[str, int]:
        """The ports that are given, by the names of their settings."""
        ports = {
            "PORT": self.port,
            "WEBHOOKS_PORT": self.webhooks_port,
            "STREAM_PORT": self.stream_port,
            "SIMULATOR_PORT": self.simulator_port,
        }
        return {setting: port for setting, port in ports.items() if port is not None}
