"""Only media files of the organisation's account are fetched. Only harmless types are shown."""

import pytest

from services.messaging.inbox.domain.media import path_at_twilio, pause_after, served_type

ACCOUNT = "AC" + "a" * 32
BASE = "http://127.0.0.1:9/api.twilio.com"
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/MM{'b' * 32}/Media/ME{'c' * 32}"


@pytest.mark.parametrize("origin", ["https://api.twilio.com", BASE])
def test_a_media_file_of_the_organisations_twilio_account_is_fetched(origin: str) -> None:
    assert path_at_twilio(origin + PATH, BASE, ACCOUNT) == PATH


@pytest.mark.parametrize(
    "url",
    [
        f"https://example.com{PATH}",
        f"http://api.twilio.com{PATH}",
        f"https://api.twilio.com.example.com{PATH}",
        f"https://api.twilio.com@example.com{PATH}",
        f"https://api.twilio.com{PATH}/../../../Keys.json",
        f"https://api.twilio.com{PATH}?x=1",
        f"https://api.twilio.com{PATH.replace('a' * 32, 'f' * 32)}",
        f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}.json",
        PATH,
        "",
    ],
)
def test_a_url_that_is_not_a_media_file_of_the_twilio_account_is_not_fetched(url: str) -> None:
    assert path_at_twilio(url, BASE, ACCOUNT) is None


@pytest.mark.parametrize(
    ("media_type", "served"),
    [
        ("image/jpeg", "image/jpeg"),
        ("IMAGE/PNG; charset=x", "image/png"),
        ("image/svg+xml", "application/octet-stream"),
        ("text/html", "application/octet-stream"),
        (None, "application/octet-stream"),
    ],
)
def test_browsers_may_show_only_files_of_types_without_scripts(
    media_type: str | None, served: str
) -> None:
    assert served_type(media_type) == served


def test_the_pauses_between_attempts_double_up_to_an_hour() -> None:
    assert [pause_after(n) for n in (1, 2, 3, 9, 10)] == [10, 20, 40, 2560, 3600]
