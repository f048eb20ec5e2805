"""Envelope encryption: which values can be decrypted, and how keys are rotated."""

import base64
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.crypto import DecryptionFailed, Envelope, Keyring

OLD_KEY, NEW_KEY = b"o" * 32, b"n" * 32
CONTEXT = {"org": "org-1", "table": "twilio_subaccounts", "column": "auth_token", "row": "row-1"}
SECRET = "a provider's token: \u00e9\u4e2d"

ENVELOPE = Envelope(Keyring({"old": OLD_KEY}))
ROTATED = Envelope(Keyring({"new": NEW_KEY, "old": OLD_KEY}))


def test_a_sealed_value_is_decrypted_to_the_same_text() -> None:
    assert ENVELOPE.open(ENVELOPE.seal(SECRET, CONTEXT), CONTEXT) == SECRET
    assert ENVELOPE.open(ENVELOPE.seal(SECRET.encode(), CONTEXT), CONTEXT) == SECRET


@given(st.text(max_size=200), st.dictionaries(st.text(), st.text(), min_size=1, max_size=4))
def test_any_text_is_decrypted_again_in_the_context_in_which_it_was_sealed(
    plaintext: str, context: dict[str, str]
) -> None:
    assert ENVELOPE.open(ENVELOPE.seal(plaintext, context), context) == plaintext


def test_the_sealed_text_is_versioned_ascii_without_the_secret() -> None:
    sealed = ENVELOPE.seal(SECRET, CONTEXT)
    assert sealed.startswith("v1.old.")
    assert set(sealed) <= set(string.ascii_letters + string.digits + "-_.")
    assert len(sealed) < 200


def test_sealing_a_text_twice_gives_unrelated_values() -> None:
    first, second = (ENVELOPE.seal(SECRET, CONTEXT).split(".")[2:] for _ in range(2))
    assert not set(first) & set(second)


def test_a_value_is_decrypted_whatever_the_order_of_the_entries_in_its_context() -> None:
    sealed = ENVELOPE.seal(SECRET, CONTEXT)
    assert ENVELOPE.open(sealed, dict(reversed(CONTEXT.items()))) == SECRET


@pytest.mark.parametrize("entry", sorted(CONTEXT))
def test_a_sealed_value_moved_to_another_row_or_column_cannot_be_decrypted(entry: str) -> None:
    sealed = ENVELOPE.seal(SECRET, CONTEXT)
    elsewhere = CONTEXT | {entry: "another"}
    with pytest.raises(DecryptionFailed):
        ENVELOPE.open(sealed, elsewhere)
    with pytest.raises(DecryptionFailed):
        ROTATED.rewrap(sealed, elsewhere)


def test_a_value_cannot_be_decrypted_in_a_context_that_only_looks_alike() -> None:
    sealed = ENVELOPE.seal(SECRET, {"org": "1", "row": "2"})
    for other in (
        {"org": "1"},
        {"org": "1row2"},
        {"org": '1", "row": "2'},
        {"org": "2", "row": "1"},
    ):
        with pytest.raises(DecryptionFailed):
            ENVELOPE.open(sealed, other)


def test_a_ciphertext_cannot_be_decrypted_with_the_data_key_of_another_record() -> None:
    ours = ENVELOPE.seal(SECRET, CONTEXT).split(".")
    theirs = ENVELOPE.seal("other", CONTEXT).split(".")
    with pytest.raises(DecryptionFailed):
        ENVELOPE.open(".".join([*ours[:3], theirs[3]]), CONTEXT)


def test_a_wrapped_key_cannot_be_used_as_a_ciphertext() -> None:
    version, key_id, wrapped, _ = ENVELOPE.seal(SECRET, CONTEXT).split(".")
    with pytest.raises(DecryptionFailed):
        ENVELOPE.open(f"{version}.{key_id}.{wrapped}.{wrapped}", CONTEXT)


def test_changing_any_character_makes_a_sealed_value_unreadable() -> None:
    sealed = ENVELOPE.seal(SECRET, CONTEXT)
    for position, original in enumerate(sealed):
        for replacement in {"A", "B", "-", "+", "=", "."} - {original}:
            tampered = sealed[:position] + replacement + sealed[position + 1 :]
            with pytest.raises(DecryptionFailed):
                ENVELOPE.open(tampered, CONTEXT)


def test_a_sealed_value_with_changed_unused_bits_in_its_last_character_is_refused() -> None:
    sealed = ENVELOPE.seal("x", CONTEXT)
    for replacement in set(string.ascii_letters + string.digits + "-_") - {sealed[-1]}:
        with pytest.raises(DecryptionFailed):
            ENVELOPE.open(sealed[:-1] + replacement, CONTEXT)


@pytest.mark.parametrize(
    "malformed", ["", "v1", "v1.old", "v1.old..", "v1.old.AA.AA", "v2.old.AA.AA", "\u00e9.\x00.a.b"]
)
def test_a_text_that_is_not_a_sealed_value_is_refused_without_details(malformed: str) -> None:
    with pytest.raises(DecryptionFailed, match=r"^the sealed value can't be opened$") as caught:
        ENVELOPE.open(malformed, CONTEXT)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_sealed_value_that_was_cut_anywhere_is_refused() -> None:
    sealed = ENVELOPE.seal(SECRET, CONTEXT)
    for length in range(len(sealed)):
        with pytest.raises(DecryptionFailed):
            ENVELOPE.open(sealed[:length], CONTEXT)


def test_a_value_cannot_be_decrypted_with_another_keyring() -> None:
    sealed = ENVELOPE.seal(SECRET, CONTEXT)
    for keyring in (Keyring({"old": NEW_KEY}), Keyring({"new": OLD_KEY})):
        with pytest.raises(DecryptionFailed):
            Envelope(keyring).open(sealed, CONTEXT)


def test_after_a_rotation_old_values_can_be_decrypted_and_new_values_use_the_new_key() -> None:
    sealed = ENVELOPE.seal(SECRET, CONTEXT)
    assert ROTATED.open(sealed, CONTEXT) == SECRET
    assert ROTATED.needs_rewrap(sealed)
    assert not ROTATED.needs_rewrap(ROTATED.seal(SECRET, CONTEXT))


def test_rewrapping_uses_the_new_key_and_keeps_the_ciphertext() -> None:
    sealed = ENVELOPE.seal(SECRET, CONTEXT)
    rewrapped = ROTATED.rewrap(sealed, CONTEXT)
    assert rewrapped.split(".")[1] == "new"
    assert rewrapped.split(".")[3] == sealed.split(".")[3]
    assert not ROTATED.needs_rewrap(rewrapped)
    assert Envelope(Keyring({"new": NEW_KEY})).open(rewrapped, CONTEXT) == SECRET


def test_asking_whether_a_plain_text_needs_a_rewrap_raises_an_error() -> None:
    with pytest.raises(DecryptionFailed):
        ROTATED.needs_rewrap("plain token")


def test_a_value_cannot_be_sealed_with_an_empty_context() -> None:
    with pytest.raises(ValueError, match="needs a context"):
        ENVELOPE.seal(SECRET, {})


def test_bytes_that_are_not_utf_8_are_refused_when_sealing() -> None:
    with pytest.raises(UnicodeDecodeError):
        ENVELOPE.seal(b"\xff\xfe", CONTEXT)


def encoded(key: bytes) -> str:
    return base64.b64encode(key).decode()


def test_a_keyring_is_parsed_from_the_text_of_a_setting() -> None:
    keyring = Keyring.parse(f"new:{encoded(NEW_KEY)}, old:{encoded(OLD_KEY)}")
    assert keyring.primary_id == "new"
    assert Envelope(keyring).open(ENVELOPE.seal(SECRET, CONTEXT), CONTEXT) == SECRET


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("", "entry 1 of the keyring is not of the form"),
        ("c2VjcmV0c2VjcmV0", "entry 1 of the keyring is not of the form"),
        (f"a:{encoded(NEW_KEY)},", "entry 2 of the keyring is not of the form"),
        ("a:c2VjcmV0c2VjcmV0", "key 1 of the keyring must have 32 bytes"),
        ("a:c2VjcmV0*2VjcmV0", "entry 1 of the keyring is not valid base64"),
        (f"a:{encoded(NEW_KEY)},a:{encoded(OLD_KEY)}", "entry 2 of the keyring repeats an id"),
        (f"a.b:{encoded(NEW_KEY)}", "id 1 of the keyring is not"),
        (f":{encoded(NEW_KEY)}", "id 1 of the keyring is not"),
        ("c2VjcmV0c2VjcmV0:a", "entry 1 of the keyring is not valid base64"),
    ],
)
def test_a_bad_keyring_is_explained_without_key_material(setting: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        Keyring.parse(setting)
    assert "c2VjcmV0" not in str(caught.value)
    assert encoded(NEW_KEY) not in str(caught.value)


def test_an_empty_keyring_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        Keyring({})


def test_the_repr_of_a_keyring_shows_no_key() -> None:
    keyring = Keyring.parse(f"new:{encoded(NEW_KEY)},old:{encoded(OLD_KEY)}")
    assert repr(keyring) == "Keyring(ids=['new', 'old'])"
    assert encoded(NEW_KEY) not in repr(Envelope(keyring))
    assert "nnnn" not in repr(vars(keyring)) + repr(vars(Envelope(keyring)))
