"""Read the values of command-line options."""

from datetime import datetime


def parse_moment(name: str, value: str) -> datetime:
    """Return the time in the option `name`, in ISO 8601 with its offset.

    Raises:
        SystemExit: The value is not such a time. The message names the option.
    """
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise SystemExit(
            f"--{name}: {value!r} is not a time with its offset. Write it as"
            " 2026-11-29T18:30:00+00:00."
        )
    return moment
