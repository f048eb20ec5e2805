"""Collect the faults of a request, up to a limit."""

from servicekit.errors import MOST_ERRORS, FieldError


class Faults(list[FieldError]):
    """The first faults of a request. `further` counts the faults after these."""

    further = 0

    @property
    def is_full(self) -> bool:
        """Whether this list is full, so that further faults are only counted."""
        return len(self) >= MOST_ERRORS

    def add(self, field: str, message: str) -> None:
        """Add the fault of a field, or only count it if the list is full."""
        if not self.is_full:
            self.append(FieldError(field, message))
        else:
            self.further += 1
