"""Load the guides from ``docs/guides``. Its README is their table of contents."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from services.gateway.http.docs.links import address_of
from services.gateway.http.docs.markdown import Section, sections, title_of

FOLDER = Path(__file__).resolve().parents[4] / "docs" / "guides"

_PART = re.compile(r"^## (.+)$")
_ENTRY = re.compile(r"^- \[(.+)\]\(([a-z-]+)\.md\): (.+)$")


@dataclass(frozen=True, slots=True)
class Guide:
    """A guide: its name in URLs, what it is about, and its sections."""

    name: str
    title: str
    about: str
    sections: tuple[Section, ...]

    @property
    def address(self) -> str:
        """The path of its page."""
        return f"/api/docs/guides/{self.name}"


@cache
def guides() -> dict[str, tuple[Guide, ...]]:
    """Return the guides by the parts of the table of contents, in its order."""
    found: dict[str, list[Guide]] = {}
    for line in (FOLDER / "README.md").read_text(encoding="utf-8").splitlines():
        if part := _PART.match(line):
            found[part[1]] = []
        elif entry := _ENTRY.match(line):
            list(found.values())[-1].append(_guide(entry[2], entry[3]))
    return {part: tuple(entries) for part, entries in found.items()}


def guide(name: str) -> Guide | None:
    """Return the guide with this name, or None if there is none."""
    every = (each for entries in guides().values() for each in entries)
    return next((each for each in every if each.name == name), None)


def _guide(name: str, about: str) -> Guide:
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    return Guide(name, title_of(text), about, tuple(sections(text, address_of)))
