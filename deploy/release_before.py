"""Read the version and the migrations of the previous release."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Release:
    """A release: its git revision, and the number of each service's newest migration.

    ``api_revision`` is the revision whose API must be kept.
    """

    version: str
    revision: str
    api_revision: str
    migrations: Mapping[str, str]


def release_before() -> Release:
    """Return the version data of the previous release, read from ``release_before.toml``."""
    file = Path(__file__).with_name("release_before.toml")
    return Release(**tomllib.loads(file.read_text(encoding="utf-8")))
