"""Every method refuses malformed calls, and the service keeps running."""

from tests.fixtures.malformed import assert_malformed_calls_are_refused
from tests.fixtures.running import Running


async def test_malformed_calls_are_refused(messaging: Running) -> None:
    await assert_malformed_calls_are_refused(messaging.address, messaging.signer_key, "messaging")
