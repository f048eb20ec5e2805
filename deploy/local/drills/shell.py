"""Run the page's commands as an operator would: in a shell, with psql and the tools of Postgres."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import account
from deploy.local.drills.page import PAGE, Block, blocks
from deploy.local.postgres import installation
from deploy.local.stack import Stack

_SHOWN = 2_000


class CommandError(RuntimeError):
    """A command of the page failed. The message has the step and what the command printed."""


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator's shell beside a platform. `variables` are those that the page asks for."""

    stack: Stack
    variables: Mapping[str, str]
    page: str = field(default_factory=lambda: PAGE.read_text(encoding="utf-8"))

    def follow(self, step: str, service: str | None = None, **more: str) -> str:
        """Run the commands of a step, all or only those of a service. Return what they printed.

        Raises:
            PageError: The page has no such step.
            CommandError: A command failed.
        """
        found = [b for b in blocks(step, self.page) if service in (None, b.service)]
        return "".join(self._run(step, block, more) for block in found)

    def _run(self, step: str, block: Block, more: Mapping[str, str]) -> str:
        if block.language == "sql":
            psql = ["psql", "-X", "--set=ON_ERROR_STOP=1", "--dbname", str(block.service)]
            command = [*psql, "--command", block.text]
        else:
            command = ["sh", "-euc", block.text]
        in_service = block.language == "sh" and block.service is not None
        ended = subprocess.run(
            command,
            env={**self._environment(block, in_service), **self.variables, **more},
            cwd=None if in_service else self.stack.postgres.data_folder.parent,
            user=None if in_service else account.server_user(),
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            told = (ended.stdout + ended.stderr)[-_SHOWN:]
            raise CommandError(f"The step {step!r} of docs/operations.md failed:\n{told}")
        return ended.stdout

    def _environment(self, block: Block, in_service: bool) -> dict[str, str]:
        """Return the settings of a service's process, or the superuser's login."""
        if in_service:
            path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
            return {**self.stack.process(str(block.service)).command.env, "PATH": path}
        return {
            "PATH": f"{installation() / 'bin'}:{os.environ['PATH']}",
            "PGDATA": str(self.stack.postgres.data_folder),
            "PGDATABASE": "postgres",
            **self.stack.postgres.login,
        }
