"""Envelope encryption under a key of AWS KMS."""

from typing import Any

import pytest

from servicekit.crypto import DecryptionFailed, Envelope, Keyring
from servicekit.errors import Unavailable
from servicekit.kms import KmsKeys
from tests.fixtures.kms import Kms
from tests.fixtures.running import listening

CONTEXT = {"org": "org-1", "table": "twilio_api_keys", "column": "secret", "row": "row-1"}
KEYRING = Keyring({"old": b"o" * 32})
NOWHERE = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000"


class CountingKeys(KmsKeys):
    """KMS keys that count how often KMS is called."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.asked: list[str] = []

    def _call(self, operation: str, **parameters: object) -> dict[str, Any]:
        self.asked.append(operation)
        return super()._call(operation, **parameters)


@pytest.fixture
def keys(kms: Kms) -> CountingKeys:
    return CountingKeys(kms.new_key(), KEYRING, kms.url)


def test_a_value_sealed_with_kms_can_be_decrypted(keys: CountingKeys) -> None:
    envelope = Envelope(keys)
    sealed = envelope.seal("a token", CONTEXT)
    assert sealed.startswith(f"v1.{keys.primary_id}.")
    assert envelope.open(sealed, CONTEXT) == "a token"


@pytest.mark.parametrize("entry", sorted(CONTEXT))
def test_kms_refuses_a_value_of_another_context(keys: CountingKeys, entry: str) -> None:
    sealed = Envelope(keys).seal("a token", CONTEXT)
    with pytest.raises(DecryptionFailed):
        Envelope(keys).open(sealed, CONTEXT | {entry: "another"})
    assert keys.asked[-1] == "decrypt"


def test_the_data_key_of_a_value_cannot_decrypt_another_value(keys: CountingKeys) -> None:
    envelope = Envelope(keys)
    first, second = (envelope.seal("a token", CONTEXT).split(".") for _ in range(2))
    with pytest.raises(DecryptionFailed):
        envelope.open(".".join([*first[:3], second[3]]), CONTEXT)


def test_a_wrapped_key_that_was_changed_is_refused(keys: CountingKeys) -> None:
    version, key_id, wrapped, ciphertext = Envelope(keys).seal("a token", CONTEXT).split(".")
    changed = wrapped[:-4] + ("AAAA" if wrapped[-4:] != "AAAA" else "BBBB")
    with pytest.raises(DecryptionFailed):
        Envelope(keys).open(f"{version}.{key_id}.{changed}.{ciphertext}", CONTEXT)


def test_a_data_key_is_cached(keys: CountingKeys) -> None:
    envelope = Envelope(keys)
    sealed = envelope.seal("a token", CONTEXT)
    for _ in range(3):
        assert envelope.open(sealed, CONTEXT) == "a token"
    assert keys.asked.count("decrypt") == 1


def test_values_sealed_before_kms_was_used_are_decrypted_with_the_keyring(
    keys: CountingKeys,
) -> None:
    sealed = Envelope(KEYRING).seal("a token", CONTEXT)
    assert Envelope(keys).open(sealed, CONTEXT) == "a token"
    assert not keys.asked


def test_values_can_be_rewrapped_from_the_keyring_to_kms_and_to_another_kms_key(
    keys: CountingKeys, kms: Kms
) -> None:
    sealed = Envelope(KEYRING).seal("a token", CONTEXT)
    under_kms = Envelope(keys).rewrap(sealed, CONTEXT)
    assert not Envelope(keys).needs_rewrap(under_kms)
    following = Envelope(KmsKeys(kms.new_key(), KEYRING, kms.url))
    assert following.needs_rewrap(under_kms)
    assert following.open(under_kms, CONTEXT) == "a token"
    newest = following.rewrap(under_kms, CONTEXT)
    assert not following.needs_rewrap(newest)
    assert following.open(newest, CONTEXT) == "a token"
    assert newest.split(".")[3] == sealed.split(".")[3]  # the ciphertext stays


def test_a_value_sealed_with_an_unknown_key_cannot_be_decrypted(
    keys: CountingKeys, kms: Kms
) -> None:
    version, _, wrapped, ciphertext = Envelope(keys).seal("a token", CONTEXT).split(".")
    unknown = f"{version}.kms-{NOWHERE.rpartition('/')[2]}.{wrapped}.{ciphertext}"
    with pytest.raises(DecryptionFailed):
        Envelope(keys).open(unknown, CONTEXT)
    with pytest.raises(Unavailable):
        Envelope(KmsKeys(NOWHERE, KEYRING, kms.url)).seal("a token", CONTEXT)


@pytest.mark.parametrize("damage", ["v1.{id}..{rest}", "v1.{id}.AAAA.{rest}", "v1.kms-.{rest}.x"])
def test_a_damaged_value_is_not_reported_as_an_outage_of_kms(
    keys: CountingKeys, damage: str
) -> None:
    _, _, _, rest = Envelope(keys).seal("a token", CONTEXT).split(".")
    with pytest.raises(DecryptionFailed):
        Envelope(keys).open(damage.format(id=keys.primary_id, rest=rest), CONTEXT)


def test_sealed_values_can_be_decrypted_again_after_an_outage_of_kms(keys: CountingKeys) -> None:
    sealed = Envelope(keys).seal("a token", CONTEXT)
    away = KmsKeys(keys._arn, KEYRING, f"http://{listening()}")
    with pytest.raises(Unavailable) as refusal:
        Envelope(away).open(sealed, CONTEXT)
    assert refusal.value.code == "kms_unavailable"
    assert Envelope(keys).open(sealed, CONTEXT) == "a token"


def test_a_repr_shows_neither_key_nor_secret(keys: CountingKeys) -> None:
    Envelope(keys).open(Envelope(keys).seal("a token", CONTEXT), CONTEXT)
    assert "a token" not in repr(keys) + repr(Envelope(keys))
