"""Commands that join the platform that `make run` has started: `exec` and `psql`."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local.postgres import installation
from deploy.local.state import StateFolder
from deploy.local.topology import managed_settings


def run_command(folder: Path, service: str, arguments: Sequence[str]) -> None:
    """Replace this process by `python -m services.SERVICE ARGUMENTS`.

    The command gets the settings of the running platform. Raises StateFolderError if no platform is
    running in the folder.
    """
    settings = StateFolder(folder.resolve()).running_settings()[service]
    inherited = {key: os.environ[key] for key in os.environ if key not in managed_settings()}
    _replace_by(
        [sys.executable, "-m", f"services.{service}", *arguments], {**inherited, **settings}
    )


def run_psql(folder: Path, service: str, arguments: Sequence[str]) -> None:
    """Replace this process by psql in a service's database.

    If the server is embedded, psql runs as the superuser, who sees the rows of all organisations.
    Raises StateFolderError if no platform is running in the folder.
    """
    running = StateFolder(folder.resolve()).running_settings()
    own = urlsplit(running[service]["DATABASE_URL"])
    login = urlsplit(running["postgres"].get("url", own.geturl()))
    address = {
        "PGHOST": login.hostname or "",
        "PGPORT": str(login.port or ""),
        "PGUSER": login.username or "",
        "PGPASSWORD": login.password or "",
        "PGDATABASE": own.path.lstrip("/"),
    }
    _replace_by([str(installation() / "bin" / "psql"), *arguments], {**os.environ, **address})


def _replace_by(command: list[str], environment: Mapping[str, str]) -> None:
    sys.stdout.flush()
    os.execve(command[0], command, environment)  # noqa: S606 - no shell is wanted
