"""The rule for e-mail addresses is the contract's own."""

from hypothesis import example, given
from hypothesis import strategies as st

from servicekit.errors import InvalidInput
from servicekit.rpc.validation import validate
from services.contacts.domain.contacts import is_email
from smsblaster.contacts.v1 import contacts_pb2


@given(st.text(st.sampled_from("aZ0.-_+@ é\"'<"), min_size=1, max_size=12) | st.emails())
@example("a@" + "b" * 63 + ".com")
@example("a@" + "b" * 64 + ".com")
@example("a@b-.com")
@example("a" * 250 + "@b.c")
def test_an_import_takes_the_addresses_that_a_create_takes(text: str) -> None:
    try:
        validate(contacts_pb2.CreateContactRequest(phone="1", email=text))
    except InvalidInput:
        assert not is_email(text)
    else:
        assert is_email(text)
