"""Print the launcher's output: a line per step, and a block of addresses when all is healthy."""

import time
from contextlib import suppress

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from deploy.local.first_steps import first_steps
from deploy.local.seed import DemoAccount
from deploy.local.stack import Stack

_NO_CONSOLE = "not built: make console builds it"


class Progress:
    """Prints lines with the seconds since the start, as plain text if stdout is no terminal."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._started = time.monotonic()

    def line(self, text: str) -> None:
        """Print one step."""
        seconds = f"{time.monotonic() - self._started:6.1f} s  "
        self._print(Text.assemble((seconds, "dim"), text))

    def trouble(self, text: str) -> None:
        """Print the reason why the platform is not running."""
        self._print(Text(text, style="red"))

    def ready(self, stack: Stack, demo: DemoAccount | None) -> None:
        """Print the last block: addresses and the demo sign-in."""
        rows = {
            "Console": stack.gateway_url if stack.has_console else _NO_CONSOLE,
            "API": stack.gateway_url,
            "API docs": f"{stack.gateway_url}/api/docs",
            "Live stream": stack.stream_url,
            "Webhooks": stack.webhooks_url,
        }
        if stack.simulator_url:
            rows["Simulator"] = f"{stack.simulator_url}/"
        if demo:
            rows |= {
                "Demo sign-in": demo.email,
                "Operator": demo.operator_email,
                "Password": f"{demo.password} (for both)",
            }
        rows["Logs"] = str(stack.state.logs)
        self._print(Text())
        self._print(Text("SMSBlaster is running. Ctrl-C stops it.", style="bold green"))
        self._print(_grid(rows))
        if demo:
            self._first_steps(stack.gateway_url, demo)

    def _first_steps(self, gateway_url: str, demo: DemoAccount) -> None:
        """Print the README's commands for a first text and campaign with the real values."""
        for title, lines in first_steps(gateway_url, demo.email, demo.password).items():
            self._print(Text(f"\n{title}", style="bold"))
            self._print(Text(lines))

    def _print(self, what: RenderableType) -> None:
        with suppress(OSError):  # standard output is a file on a full disk
            self._console.print(what)


def _grid(rows: dict[str, str]) -> Table:
    grid = Table.grid(padding=(0, 2))
    for name, value in rows.items():
        grid.add_row(Text(f"  {name}", style="dim"), Text(value, overflow="fold"))
    return grid
