"""Every method rejects malformed calls."""

from tests.fixtures.malformed import assert_malformed_calls_are_refused
from tests.fixtures.running import Running


async def test_malformed_calls_are_rejected(alone: Running) -> None:
    await assert_malformed_calls_are_refused(alone.address, alone.signer_key, "campaigns", "events")
