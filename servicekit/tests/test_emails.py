"""Each email address is stored in one form, whatever script its domain is in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.emails import InvalidEmail, ascii_email, normalise_email


@pytest.mark.parametrize(
    ("written", "kept", "for_servers"),
    [
        ("vic+news@example.org", "vic+news@example.org", "vic+news@example.org"),
        ("info@müller.example", "info@müller.example", "info@xn--mller-kva.example"),
        ("info@MÜLLER.example", "info@müller.example", "info@xn--mller-kva.example"),
        ("info@xn--mller-kva.example",) * 3,
        ("info@mu\u0308ller.example", "info@müller.example", "info@xn--mller-kva.example"),
        ("a@例え.テスト", "a@例え.テスト", "a@xn--r8jz45g.xn--zckzah"),
        ("a@пример.рф", "a@пример.рф", "a@xn--e1afmkfd.xn--p1ai"),
        ("a@faß.example", "a@faß.example", "a@xn--fa-hia.example"),
    ],
)
def test_an_email_address_has_a_form_for_people_and_a_form_for_mail_servers(
    written: str, kept: str, for_servers: str
) -> None:
    assert normalise_email(written) == kept
    assert ascii_email(kept) == for_servers


@pytest.mark.parametrize(
    "written",
    [
        *("", "n/a", "-", "a@", "@example.org", "a b@example.org", "a@b@example.org"),
        *("müller@example.org", "a@mü ller.example", "a@-müller.example"),
        *("a@müller..example", "a@" + "ü" * 64 + ".example", "a" * 250 + "@müller.example"),
        *("a@exa_mple.org", "a@müller.example\n", "a@\u202emüller.example", "a" * 250 + "@ex.org"),
    ],
)
def test_an_invalid_email_address_is_refused(written: str) -> None:
    with pytest.raises(InvalidEmail):
        normalise_email(written)


@given(st.text(max_size=20), st.text(max_size=20))
def test_normalising_a_stored_email_address_does_not_change_it(local: str, domain: str) -> None:
    try:
        kept = normalise_email(f"{local}@{domain}")
    except InvalidEmail:
        return
    assert normalise_email(kept) == kept
    assert normalise_email(ascii_email(kept)).isascii()
