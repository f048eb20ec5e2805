"""Read lists of words that are written as text."""


def words_of(text: str) -> frozenset[str]:
    """Return the words of ``text``, which are separated by spaces."""
    return frozenset(text.split())
