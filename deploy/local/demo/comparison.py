"""Figures: how they are written, and how they are compared."""

from collections.abc import Mapping, Sequence


def dollars(cents: int) -> str:
    """An amount as people write it."""
    return f"${cents / 100:,.2f}"


def differences(figures: Mapping[str, tuple[object, object]]) -> Sequence[str]:
    """The figures, each ours and the one it must be, that differ."""
    return [
        f"{name} is {ours} and should be {wanted}"
        for name, (ours, wanted) in figures.items()
        if ours != wanted
    ]


def differing(told: Mapping[str, object], wanted: Mapping[str, object]) -> Sequence[str]:
    """The messages, by their ids, of which something else is told than what must be."""
    ids = sorted(told.keys() | wanted.keys())
    return differences({f"message {id_}": (told.get(id_), wanted.get(id_)) for id_ in ids})
