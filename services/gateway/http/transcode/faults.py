"""Collect the faults of a request."""

from servicekit.errors import MOST_ERRORS, FieldError


class Faults(list[FieldError]):
    """The first faults of a request. `further` is the number of faults after them."""

    further = 0

    @property
    def is_full(self) -> bool:
        """Whether further faults are only counted."""
        return len(self) >= MOST_ERRORS

    def add(self, field: str, message: str) -> None:
        """Add a fault."""
        if not self.is_full:
            self.append(FieldError(field, message))
        else:
            self.further += 1
