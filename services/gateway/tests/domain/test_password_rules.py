"""New passwords that are easy to guess are refused."""

import pytest

from servicekit.errors import InvalidInput
from services.gateway.domain.password_rules import check_new_password

ABOUT = ("ann.lee@acme-events.com", "Ann Lee", "Acme Events")


@pytest.mark.parametrize(
    "password",
    [
        "1234567890",
        "qwertyuiop",
        "QWERTYUIOP",
        "password1234",
        "Password!2024",
        "12345password",
        "iloveyou!!",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
    ],
)
def test_common_passwords_are_refused_even_with_digits_around_them(password: str) -> None:
    with pytest.raises(InvalidInput, match="most common passwords") as refused:
        check_new_password("newPassword", password, ABOUT)
    assert refused.value.code == "weak_password"
    assert [fault.field for fault in refused.value.fields] == ["newPassword"]


@pytest.mark.parametrize(
    "password",
    ["AnnLee12345", "acme events 2024", "lee-ann-acme!", "Events.Acme.Ann", "smsblaster99"],
)
def test_passwords_made_of_the_users_name_or_email_address_are_refused(password: str) -> None:
    with pytest.raises(InvalidInput, match="too close to your name"):
        check_new_password("password", password, ABOUT)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "ann likes orange boats",
        "elephant-83749281045",
        "пароль с пробелами",
        "Tr0ub4dor&3x",
        "f81d4fae7dec11d0a76500a0c91e6bf6",
    ],
)
def test_passwords_that_are_hard_to_guess_are_accepted(password: str) -> None:
    check_new_password("password", password, ABOUT)


def test_checking_how_easy_a_password_is_to_guess_is_fast_for_any_password() -> None:
    check_new_password("password", "4a@b8({[<3e6g9!1i|l0oS$5+7t%xX2zZ" * 6, ABOUT)
