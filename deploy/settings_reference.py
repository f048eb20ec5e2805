"""Write a reference of the settings of every process, from the classes that check them.

`python -m deploy.settings_reference` writes `docs/settings.md`. Tests compare the Compose file and
the Kubernetes manifests with the same classes.
"""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from deploy.local.topology import PARTS, Part
from servicekit.settings import MigrationSettings, ServiceSettings

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "settings.md"

_HEAD = """\
# Settings

Every process reads its settings from the environment once, at start, and refuses to start with
the full list of what is missing or wrong. Switches are `on` or `off`. "every" in the second column
is every process, `python -m services.<name> job NAME` included, which takes the settings of its
service. "migrate" is `python -m services.<name> migrate`, which needs no other settings. Secrets
are set in **bold**; no log and no answer ever shows them.

Written by `python -m deploy.settings_reference` from the settings classes; a test compares.

| setting | process | default | meaning |
| --- | --- | --- | --- |
"""


@dataclass(frozen=True, slots=True)
class _Setting:
    """A setting as its class declares it. `default` is its default as text for the environment."""

    name: str
    default: str
    meaning: str
    is_secret: bool


def settings_of(part: Part) -> type[ServiceSettings]:
    """Return the settings class of a process, such as `SenderSettings` for the sender."""
    module = importlib.import_module(f"services.{part.service}.settings")
    return cast(type[ServiceSettings], getattr(module, f"{part.name.title()}Settings"))


def known_names(settings: type[BaseSettings]) -> frozenset[str]:
    """Return the names (as in the environment) of all settings that the class reads."""
    return frozenset(name.upper() for name in settings.model_fields)


def secret_names(settings: type[ServiceSettings]) -> frozenset[str]:
    """Return the names of the settings that hold secrets."""
    fields = settings.model_fields.items()
    return frozenset(name.upper() for name, field in fields if _is_secret(field))


def reference() -> str:
    """Return the page `docs/settings.md`."""
    users: dict[_Setting, list[str]] = {}
    for part in PARTS:
        for setting in _declared(settings_of(part)):
            users.setdefault(setting, []).append(part.name)
    for setting in _declared(MigrationSettings):
        users.setdefault(setting, []).append("migrate")
    ordered = sorted(users, key=lambda setting: (-len(users[setting]), setting.name))
    return _HEAD + "".join(_row(setting, users[setting]) for setting in ordered)


def _declared(settings: type[BaseSettings]) -> Iterator[_Setting]:
    for name, field in settings.model_fields.items():
        yield _Setting(name.upper(), _default(field), field.description or "", _is_secret(field))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    match field.default:
        case bool(switch):
            return "`on`" if switch else "`off`"
        case None | "":
            return "none"
        case value:
            return f"`{value}`"


def _is_secret(field: FieldInfo) -> bool:
    return SecretStr in (field.annotation, *get_args(field.annotation))


def _row(setting: _Setting, users: list[str]) -> str:
    name = f"**`{setting.name}`**" if setting.is_secret else f"`{setting.name}`"
    everybody = len(users) >= len(PARTS)
    processes = ", ".join(["every", *users[len(PARTS) :]] if everybody else users)
    meaning = setting.meaning.replace("|", "\\|")
    return f"| {name} | {processes} | {setting.default} | {meaning} |\n"


if __name__ == "__main__":
    REFERENCE.write_text(reference(), encoding="utf-8")
