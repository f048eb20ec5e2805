"""Format amounts, and describe values that differ from the expected ones."""

from collections.abc import Mapping, Sequence


def dollars(cents: int) -> str:
    """Format an amount of cents in dollars."""
    return f"${cents / 100:,.2f}"


def differences(figures: Mapping[str, tuple[object, object]]) -> Sequence[str]:
    """Describe the figures whose two values differ.

    Each figure is a pair: our value and the expected value.
    """
    return [
        f"{name} is {ours} and should be {wanted}"
        for name, (ours, wanted) in figures.items()
        if ours != wanted
    ]


def differing(told: Mapping[str, object], wanted: Mapping[str, object]) -> Sequence[str]:
    """Describe the messages whose status in `told` differs from the one in `wanted`."""
    ids = sorted(told.keys() | wanted.keys())
    return differences({f"message {id_}": (told.get(id_), wanted.get(id_)) for id_ in ids})
