"""Seal the ledger: blocks of verified transactions, each with the sum of their hashes.

The blocks divide the transactions of an account by id. Each block covers the ids from its
``from_id`` up to the next block. A transaction that commits late belongs to an earlier block. So a
block stores the sum of the hashes of its transactions, which does not depend on their order.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

FIRST = UUID(int=0)
BLOCK_ENTRIES = 5000
"""Maximum count of transactions in a block."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A ledger row: its id, cents (negative for a debit) and the hash of its contents."""

    id: UUID
    cents: int
    hash: int


@dataclass(frozen=True, slots=True)
class Block:
    """Sealed transactions from ``from_id`` to ``last_id``: their count, cents and hash sum."""

    from_id: UUID
    last_id: UUID
    entries: int = 0
    cents: int = 0
    hash: int = 0

    def with_entry(self, entry: Entry) -> "Block":
        """Return the block with ``entry`` added."""
        return replace(
            self,
            last_id=max(self.last_id, entry.id),
            entries=self.entries + 1,
            cents=self.cents + entry.cents,
            hash=self.hash + entry.hash,
        )


def seal(
    blocks: Sequence[Block], entries: Sequence[Entry], block_entries: int = BLOCK_ENTRIES
) -> Sequence[Block]:
    """Add transactions to the blocks of an account and return the changed blocks.

    When a block is full, the next transactions begin a new one.

    Args:
        blocks: consecutive blocks of the account up to its last one, sorted by id; empty if it has
            none.
        entries: the transactions, in any order.
        block_entries: how many transactions fill a block.
    """
    grown = list(blocks)
    for entry in sorted(entries, key=lambda each: each.id):
        if not grown:
            grown.append(Block(FIRST, FIRST))
        last = grown[-1]
        if last.entries >= block_entries and entry.id > last.last_id:
            grown.append(Block(entry.id, entry.id))
        place = bisect_right([block.from_id for block in grown], entry.id) - 1
        grown[place] = grown[place].with_entry(entry)
    return grown
