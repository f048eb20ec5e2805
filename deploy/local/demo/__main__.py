"""`python -m deploy.local.demo`: run the demo on a platform of its own, and check the results."""

import signal
import sys
from types import FrameType

import httpx

from deploy.local.account import temporary_state
from deploy.local.demo.screen import Screen
from deploy.local.demo.story import Story
from deploy.local.launcher import TROUBLES
from deploy.local.options import StackOptions
from deploy.local.stack import Stack, StackError
from deploy.local.testkit.api import Api, ApiProblem
from deploy.local.testkit.customer_server import CustomerServer
from deploy.local.testkit.organisation import Organisation
from deploy.local.testkit.people import make_audience
from deploy.local.testkit.simulator_client import SimulatorClient

_ROWS = 2_000
_INTERRUPTED = 130


def main() -> int:
    """Run the demo. Return the exit code: 0 only if all its checks succeed."""
    screen = Screen()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with temporary_state(in_memory=True) as folder:
            options = StackOptions(state_dir=folder, durable=False, report=screen.line)
            with Stack(options) as stack:
                holds = _play(stack, screen)
            screen.line("stopped")
    except KeyboardInterrupt:
        screen.trouble("interrupted")
        return _INTERRUPTED
    except (*TROUBLES, ApiProblem, httpx.HTTPError) as trouble:
        screen.trouble(f"The demo ended early: {trouble}")
        return 1
    screen.verdict(holds)
    return 0 if holds else 1


def _play(stack: Stack, screen: Screen) -> bool:
    if stack.simulator_url is None:
        raise StackError("the demo needs the simulator")
    simulator = SimulatorClient(stack.simulator_url)
    with Api(stack.gateway_url) as api, CustomerServer() as server:
        story = Story(Organisation(api, simulator), make_audience(_ROWS), screen, server)
        story.play()
        holds = story.check()
    simulator.close()
    return holds


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
