"""Seals: blocks of transactions of one account that were verified, with a sum of their hashes.

The blocks of an account divide its transactions by id: each holds those from its ``from_id`` up to
the next block. A transaction that is committed late belongs to an earlier block, and a sum does not
depend on the order in which things are added to it.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

FIRST = UUID(int=0)
BLOCK_ENTRIES = 5000
"""How many transactions a block takes before another one is begun."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A transaction: its id, the cents that it moved, in or out, and the hash of its row."""

    id: UUID
    cents: int
    hash: int


@dataclass(frozen=True, slots=True)
class Block:
    """Sealed transactions from ``from_id`` to ``last_id``: how many, their cents and hashes."""

    from_id: UUID
    last_id: UUID
    entries: int = 0
    cents: int = 0
    hash: int = 0

    def with_entry(self, entry: Entry) -> "Block":
        """Return the block with one transaction more."""
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
    """Add transactions to the blocks of an account; returns the blocks as they are then.

    A full last block is followed by another one, for what comes after its last transaction.

    Args:
        blocks: in the order of their ids; the first may be any but those that follow it must be
            there. None where the account has none.
        entries: in any order.
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
