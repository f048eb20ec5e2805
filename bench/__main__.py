"""``python -m bench``: measure the platform's main work, and simple programs to compare it with."""

import argparse
import sys
from collections.abc import Collection

from rich.console import Console

from bench import (
    charges,
    contacts_search,
    dispatch,
    imports,
    intake,
    lists,
    retention,
    streams,
    webhooks,
)
from bench.machine import foreign_load
from bench.report import Figure, show
from bench.tenant import make_tenant
from deploy.local.account import temporary_state
from deploy.local.options import StackOptions
from deploy.local.stack import Stack

SECTIONS = {
    "dispatch": (dispatch.measure, 20_000, 2_000),
    "intake": (intake.measure, 40_000, 2_000),
    "charges": (charges.measure, 100_000, 10_000),
    "import": (imports.measure, 200_000, 20_000),
    "lists": (lists.measure, 1_000_000, 50_000),
    "retention": (retention.measure, 50_000, 10_000),
    "search": (contacts_search.measure, 1_000_000, 50_000),
    "stream": (streams.measure, 2_000, 200),
    "webhooks": (webhooks.measure, 20_000, 2_000),
}
_QUIET_CORES = 0.1
_SETTINGS = {
    "SEND_RATE": "100000",
    "POLL_AFTER_SECONDS": "3600",
    "RATE_LIMITS": "off",
    "LOG_LEVEL": "WARNING",
}


def main() -> int:
    """Run the requested sections; return 1 if a figure misses its target."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], default=[])
    parser.add_argument("--small", action="store_true", help="smaller amounts, for quick results")
    parser.add_argument(
        "--anyway", action="store_true", help="measure even if other programs use the processor"
    )
    arguments = parser.parse_args()
    console = Console()
    busy = foreign_load()
    console.print(f"other processes keep {busy:.2f} cores busy")
    if busy > _QUIET_CORES and not arguments.anyway:
        console.print("The machine is busy: stop the other programs, or add --anyway.")
        return 2
    figures = _run(_in_order(arguments.sections or SECTIONS), arguments.small, console)
    show(console, figures)
    if busy > _QUIET_CORES:
        console.print("[red]The machine was busy: these figures mean little.[/]")
    return 0 if all(figure.reached for figure in figures) else 1


def _in_order(asked: Collection[str]) -> list[str]:
    """Return the sections to run in their order.

    The section `intake` comes after `dispatch`, because its callbacks are about the messages that
    `dispatch` has sent.
    """
    needed = {"dispatch"} if "intake" in asked else set()
    return [name for name in SECTIONS if name in needed or name in asked]


def _run(sections: list[str], small: bool, console: Console) -> list[Figure]:
    figures: list[Figure] = []
    with (
        temporary_state() as folder,
        Stack(StackOptions(state_dir=folder, settings=_SETTINGS)) as stack,
    ):
        tenant = make_tenant(stack)
        for name in sections:
            measure, whole, quick = SECTIONS[name]
            figures += measure(stack, tenant, quick if small else whole, console)
    return figures


if __name__ == "__main__":
    sys.exit(main())
