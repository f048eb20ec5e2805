"""How the command line writes amounts, counts and times."""

import datetime as dt


def money(cents: int, currency: str = "") -> str:
    """Return an amount, such as 12.50 USD."""
    sign = "-" if cents < 0 else ""
    whole, part = divmod(abs(cents), 100)
    return f"{sign}{whole}.{part:02d} {currency.upper()}".rstrip()


def count(number: int, thing: str) -> str:
    """Return a count with its noun, such as 1 segment or 2 segments."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def time(at: dt.datetime | None) -> str:
    """Return a time in the user's time zone."""
    return "-" if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
