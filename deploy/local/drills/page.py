"""Read the commands of a drill from the page for operators, so that the page is what is tried."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

PAGE = Path(__file__).resolve().parents[3] / "docs" / "operations.md"

# <!-- drill: NAME --> stands directly above each block of commands of a step.
_BLOCK = re.compile(
    r"^[ ]*<!-- drill: (?P<step>[\w-]+) -->\n+"
    r"(?P<block>[ ]*```(?P<language>sh|sql)\n.*?\n)[ ]*```$",
    re.MULTILINE | re.DOTALL,
)
# The first line of a block may name the service whose database or settings it needs.
_SERVICE = re.compile(r"(?:--|#) (?P<service>\w+): ")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of commands.

    SQL is for the database of `service`. A block for the shell is run with the settings of
    `service`, or by the account of Postgres if `service` is None.
    """

    language: str
    text: str
    service: str | None


class PageError(ValueError):
    """The page lacks the commands of a step, or doesn't say which database they are for."""


def blocks(step: str, page: str) -> Sequence[Block]:
    """Return the blocks of commands of a step, in the order of the page.

    Raises:
        PageError: There is none, or a block of SQL does not begin with `-- SERVICE: `.
    """
    found = [_block(match) for match in _BLOCK.finditer(page) if match["step"] == step]
    if not found:
        raise PageError(f"The page has no commands for the step {step!r}.")
    return found


def _block(match: re.Match[str]) -> Block:
    _, _, text = dedent(match["block"]).partition("\n")
    named = _SERVICE.match(text)
    if match["language"] == "sql" and named is None:
        raise PageError(f"A block of SQL does not name its database: {text!r}")
    return Block(match["language"], text, named["service"] if named else None)
