"""Read the compose file as Docker Compose does: merged, and with the settings of an `.env`."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]

_REFERENCE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<text>[^}]*))?\}")


def load_services() -> dict[str, dict[str, Any]]:
    """Return the services of the compose file, with its anchors and merge keys resolved."""
    document = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    services: dict[str, dict[str, Any]] = document["services"]
    return services


def environment_of(service: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """Return a service's environment with `given` as the settings of `.env`."""
    declared: Mapping[str, str | None] = service.get("environment", {})
    passed_on = {name: given.get(name) for name, value in declared.items() if value is None}
    resolved = {name: _filled(value, given) for name, value in declared.items() if value}
    return resolved | {name: value for name, value in passed_on.items() if value is not None}


def names_used(service: Mapping[str, Any]) -> frozenset[str]:
    """Return the settings of `.env` that a service refers to or gets as a whole."""
    passed_on = {name for name, value in service.get("environment", {}).items() if value is None}
    references = {found["name"] for found in _REFERENCE.finditer(yaml.safe_dump(service))}
    return frozenset(passed_on | references)


def env_file(text: str) -> dict[str, str]:
    """Return the settings in the text of an `.env` file."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def _filled(value: str, given: Mapping[str, str]) -> str:
    def setting(found: re.Match[str]) -> str:
        name, kind, text = found["name"], found["kind"], found["text"]
        if given.get(name):
            return given[name]
        if kind != "-":
            raise LookupError(f"{name} is not set: {text}")
        return text

    return _REFERENCE.sub(setting, value)
