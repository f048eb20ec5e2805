"""Run a drill on a platform of its own, within its time, and report how it ended."""

import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import httpx

from deploy.local.account import temporary_state
from deploy.local.demo.screen import Screen
from deploy.local.drills.page import PageError
from deploy.local.drills.release import ReleaseError
from deploy.local.drills.shell import CommandError
from deploy.local.launcher import TROUBLES
from deploy.local.testkit.api import ApiProblem

_SECONDS = 300
_TROUBLES = (ApiProblem, httpx.HTTPError, PageError, CommandError, ReleaseError)


def run(play: Callable[[Path, Screen], bool]) -> int:
    """Play a drill in a new folder. Return the exit code: 0 only if all its checks hold.

    A drill that takes more than five minutes has failed.
    """
    screen = Screen()
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGALRM, _out_of_time)
    signal.alarm(_SECONDS)
    try:
        with temporary_state(in_memory=True) as folder:
            holds = play(folder, screen)
    except KeyboardInterrupt:
        screen.trouble("interrupted")
        return 1
    except (*TROUBLES, *_TROUBLES) as trouble:
        screen.trouble(f"The drill ended early: {trouble}")
        return 1
    screen.verdict(holds)
    return 0 if holds else 1


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _out_of_time(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"the drill took more than {_SECONDS} seconds")
