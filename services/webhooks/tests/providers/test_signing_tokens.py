"""Accounts are cached for a short time, or for as long as messaging is down."""

import asyncio

import pytest

from servicekit.errors import Blocked, Unavailable
from services.webhooks.providers.signing_tokens import SigningTokens
from services.webhooks.providers.twilio_accounts import TwilioAccount


class Messaging:
    """Replaces messaging: it returns accounts, and has a clock that tests can set."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.away = False
        self.accounts: dict[str, TwilioAccount] = {"AC1": TwilioAccount(None, (b"one",))}
        self.blocked: set[str] = set()
        self.asked: list[str] = []

    async def find(self, sid: str) -> TwilioAccount | None:
        self.asked.append(sid)
        if self.away:
            raise Unavailable("away")
        if sid in self.blocked:
            raise Blocked("the tokens can't be opened", "credentials_unreadable")
        return self.accounts.get(sid)

    def clock(self) -> float:
        return self.now


@pytest.fixture
def messaging() -> Messaging:
    return Messaging()


@pytest.fixture
def tokens(messaging: Messaging) -> SigningTokens:
    return SigningTokens(messaging.find, messaging.clock)


def tokens_of(account: TwilioAccount | None) -> tuple[bytes, ...]:
    return account.tokens if account else ()


async def test_a_known_account_is_fetched_every_five_minutes(
    messaging: Messaging, tokens: SigningTokens
) -> None:
    for seconds in (0, 299, 1, 299):
        messaging.now += seconds
        assert tokens_of(await tokens.get("AC1")) == (b"one",)
    assert len(messaging.asked) == 2


async def test_a_cached_account_is_used_for_as_long_as_messaging_is_down(
    messaging: Messaging, tokens: SigningTokens
) -> None:
    await tokens.get("AC1")
    messaging.away = True
    for _ in range(3):
        messaging.now += 3600
        assert tokens_of(await tokens.get("AC1")) == (b"one",)
    messaging.away = False
    messaging.accounts["AC1"] = TwilioAccount(None, (b"two",))
    messaging.now += 2
    assert tokens_of(await tokens.get("AC1")) == (b"two",)


async def test_while_messaging_is_down_it_is_called_at_most_once_a_second(
    messaging: Messaging, tokens: SigningTokens
) -> None:
    messaging.away = True
    for number in range(10):
        with pytest.raises(Unavailable):
            await tokens.get(f"AC{number}")
    assert len(messaging.asked) == 1
    messaging.now += 1
    messaging.away = False
    assert tokens_of(await tokens.get("AC1")) == (b"one",)


async def test_an_unknown_account_is_fetched_every_half_minute(
    messaging: Messaging, tokens: SigningTokens
) -> None:
    for seconds in (0, 29, 1):
        messaging.now += seconds
        assert await tokens.get("AC2") is None
    assert messaging.asked == ["AC2", "AC2"]
    messaging.accounts["AC2"] = TwilioAccount(None, (b"new",))
    messaging.now += 30
    assert tokens_of(await tokens.get("AC2")) == (b"new",)


async def test_a_rotated_token_is_fetched_at_the_first_bad_signature_after_five_seconds(
    messaging: Messaging, tokens: SigningTokens
) -> None:
    await tokens.get("AC1")
    messaging.accounts["AC1"] = TwilioAccount(None, (b"two", b"one"))
    messaging.now += 4.9
    assert await tokens.refetch("AC1") is None
    messaging.now += 0.1
    assert tokens_of(await tokens.refetch("AC1")) == (b"two", b"one")
    assert await tokens.refetch("AC1") is None
    assert len(messaging.asked) == 2


async def test_a_bad_signature_does_not_fetch_an_unknown_account_again(
    messaging: Messaging, tokens: SigningTokens
) -> None:
    assert await tokens.refetch("AC9") is None
    await tokens.get("AC9")
    messaging.now += 10
    assert await tokens.refetch("AC9") is None
    assert messaging.asked == ["AC9"]


async def test_many_invented_accounts_do_not_evict_real_accounts_from_the_cache(
    messaging: Messaging, tokens: SigningTokens
) -> None:
    await tokens.get("AC1")
    for number in range(20_000):
        await tokens.get(f"invented {number}")
    asked = len(messaging.asked)
    await tokens.get("AC1")
    assert len(messaging.asked) == asked


async def test_simultaneous_requests_fetch_an_account_once(
    messaging: Messaging, tokens: SigningTokens
) -> None:
    found = await asyncio.gather(*(tokens.get("AC1") for _ in range(50)))
    assert {tokens_of(account) for account in found} == {(b"one",)}
    assert messaging.asked == ["AC1"]


async def test_a_cancelled_request_does_not_cancel_the_fetch_for_others(
    messaging: Messaging, tokens: SigningTokens
) -> None:
    first, second = (asyncio.create_task(tokens.get("AC1")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert tokens_of(await second) == (b"one",)
    assert messaging.asked == ["AC1"]


def test_the_printed_form_of_a_twilio_account_contains_no_tokens() -> None:
    assert "secret" not in repr(TwilioAccount(None, (b"secret",)))


async def test_an_account_without_readable_tokens_does_not_block_others(
    messaging: Messaging, tokens: SigningTokens
) -> None:
    messaging.blocked.add("AC2")
    with pytest.raises(Blocked) as refusal:
        await tokens.get("AC2")
    assert refusal.value.code == "credentials_unreadable"
    assert tokens_of(await tokens.get("AC1")) == (
        b"one",
    )  # fetched at once, although AC2 has just failed
    messaging.now += 3600
    messaging.blocked.add("AC1")  # the account that was fetched before stays in use
    assert tokens_of(await tokens.get("AC1")) == (b"one",)
    messaging.blocked.clear()
    messaging.accounts["AC2"] = TwilioAccount(None, (b"two",))
    assert tokens_of(await tokens.get("AC2")) == (b"two",)
