"""How to run one local platform."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class StackOptions:
    """What can be chosen about one platform.

    A port that is None is any free one. `given` is the user's environment: servers, credentials and
    addresses in it are used instead of embedded, simulated and generated ones. `settings` go to
    every service process, `overrides` to single ones by name (`sender` means all sender workers).
    `replicas` is how many processes each service has that serves only gRPC. `project` is the
    checkout whose services run. `durable=False` gives up safety against a crash of the machine for
    speed. `report` gets one line per event.
    """

    state_dir: Path
    port: int | None = None
    webhooks_port: int | None = None
    simulator_port: int | None = None
    senders: int = 1
    replicas: int = 1
    given: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    overrides: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    project: Path = _CHECKOUT
    durable: bool = True
    report: Callable[[str], None] = lambda _line: None
