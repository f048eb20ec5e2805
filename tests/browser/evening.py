"""Run a platform for pictures and measurements of the console, with or without the demo."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from deploy.local.account import temporary_state
from deploy.local.demo.screen import Screen
from deploy.local.demo.story import Story
from deploy.local.options import StackOptions
from deploy.local.stack import Stack, StackError
from deploy.local.testkit.customer_server import CustomerServer
from deploy.local.testkit.organisation import Organisation
from deploy.local.testkit.people import make_audience
from deploy.local.testkit.simulator_client import SimulatorClient
from tests.browser.person import Person
from tests.fixtures.platform import Platform

_PEOPLE = 400


@dataclass(frozen=True)
class Evening:
    """A running platform on which the demo was played, and the demo's organisation."""

    platform: Platform
    organisation: Organisation

    @property
    def owner(self) -> Person:
        """The owner of the demo's organisation."""
        return Person(self.organisation.email, self.organisation.password)


@contextmanager
def own_platform(
    report: Callable[[str], None] = print, settings: Mapping[str, str] | None = None
) -> Iterator[Platform]:
    """Start a platform with the simulator, and stop it at the end of the `with` block."""
    with temporary_state(in_memory=True) as folder:
        options = StackOptions(
            state_dir=folder, durable=False, report=report, settings=settings or {}
        )
        with Stack(options) as stack, ExitStack() as closing:
            if stack.simulator_url is None:
                raise StackError("the simulator is needed")
            simulator = SimulatorClient(stack.simulator_url)
            closing.callback(simulator.close)
            yield Platform(stack, simulator, closing)


@contextmanager
def evening() -> Iterator[Evening]:
    """Start a platform, play the demo, and stop the platform at the end of the `with` block."""
    screen = Screen()
    with own_platform(screen.line) as platform, CustomerServer() as server:
        organisation = platform.stranger()
        Story(organisation, make_audience(_PEOPLE), screen, server).play()
        yield Evening(platform, organisation)
