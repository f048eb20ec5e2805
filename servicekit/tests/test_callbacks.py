"""A callback's URL contains its message's id, and only the account that sent it can use it."""

import re
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from servicekit.callbacks import PATTERN, CallbackNames

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
ACCOUNT, OTHER_ACCOUNT = f"AC{'0' * 32}", f"AC{'1' * 32}"


@given(st.uuids())
def test_the_signed_name_in_a_callback_url_yields_the_id_of_its_message(message_id: UUID) -> None:
    name = CallbackNames(KEY).name(ACCOUNT, message_id)
    assert re.fullmatch(PATTERN, name)
    assert CallbackNames(KEY).message_of(ACCOUNT, name) == message_id


def test_the_signed_name_in_a_callback_url_is_invalid_for_another_account() -> None:
    name = CallbackNames(KEY).name(ACCOUNT, uuid4())
    assert CallbackNames(KEY).message_of(OTHER_ACCOUNT, name) is None


def test_in_a_callback_url_the_signature_of_one_message_is_invalid_for_another() -> None:
    names = CallbackNames(KEY)
    proof = names.name(ACCOUNT, uuid4()).partition(".")[2]
    assert names.message_of(ACCOUNT, f"{uuid4()}.{proof}") is None


def test_the_name_in_a_callback_url_is_valid_if_it_was_signed_with_the_previous_key() -> None:
    message_id = uuid4()
    name = CallbackNames(KEY).name(ACCOUNT, message_id)
    assert CallbackNames(OTHER_KEY, KEY).message_of(ACCOUNT, name) == message_id
    assert CallbackNames(OTHER_KEY).message_of(ACCOUNT, name) is None
