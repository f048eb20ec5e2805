"""The balance of every test organisation. It never changes, and nobody can spend or add to it."""

CENTS = 100_000
