"""Say which campaigns need something that a user wants to delete."""

from collections.abc import Sequence

NAMED = 3
"""Maximum campaigns that an error message lists by name."""


def named(names: Sequence[str], total: int) -> str:
    """Return the names of campaigns as a person writes them, such as: "A", "B" and 4 more.

    `names` are the first of `total` names.
    """
    quoted = [f'"{name}"' for name in names]
    if total > len(names):
        return f"{', '.join(quoted)} and {total - len(names)} more"
    return " and ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))
