"""The command `prometheus`: run Prometheus, with the alerts, beside the platform of `make run`."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.local.state import StateFolder, StateFolderError, write_json

_RULES = Path(__file__).resolve().parents[1] / "monitoring" / "rules"
_LISTEN = "127.0.0.1:9090"


def run_prometheus(folder: Path) -> None:
    """Replace this process by Prometheus, which reads the metrics of the running platform.

    Raises StateFolderError if no platform is running in the folder, or Prometheus is not installed.
    """
    state = StateFolder(folder.resolve())
    config = state.root / "prometheus.yml"
    write_json(config, configuration(state.running_settings()))  # JSON is YAML too
    program = shutil.which("prometheus")
    if program is None:
        raise StateFolderError(
            f"Prometheus is not installed (Debian: apt-get install prometheus). {config} is ready."
        )
    address = os.environ.get("PROMETHEUS_LISTEN") or _LISTEN
    sys.stdout.write(f"Prometheus is at http://{address}/alerts\n")
    sys.stdout.flush()
    data = state.root / "prometheus"
    options = [f"--config.file={config}", f"--storage.tsdb.path={data}"]
    os.execv(  # noqa: S606 - no shell is wanted
        program, [program, *options, f"--web.listen-address={address}", "--log.level=warn"]
    )


def configuration(running: Mapping[str, Mapping[str, str]]) -> dict[str, object]:
    """Return the configuration of Prometheus for processes with these settings."""
    targets = [
        {"targets": [settings["OPS_LISTEN"]], "labels": {"app": process}}
        for process, settings in running.items()
        if "OPS_LISTEN" in settings
    ]
    return {
        "global": {"scrape_interval": "15s", "evaluation_interval": "15s"},
        "rule_files": [f"{_RULES}/*.yaml"],
        "scrape_configs": [{"job_name": "smsblaster", "static_configs": targets}],
    }
