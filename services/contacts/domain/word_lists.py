"""Lists of words, written as text."""


def words_of(text: str) -> frozenset[str]:
    """Return the words of ``text``, which has spaces between them."""
    return frozenset(text.split())
