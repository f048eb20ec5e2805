"""`docs/settings.md` lists every setting of every process."""

import pytest

from deploy.local.topology import PARTS, Part
from deploy.settings_reference import (
    REFERENCE,
    known_names,
    reference,
    secret_names,
    settings_of,
)

by_name = pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)


def test_the_settings_page_matches_the_settings_classes() -> None:
    page = REFERENCE.read_text(encoding="utf-8")
    assert page == reference(), "run: python -m deploy.settings_reference"


@by_name
def test_every_setting_has_a_description(part: Part) -> None:
    fields = settings_of(part).model_fields.items()
    assert not [name for name, field in fields if not field.description]


@by_name
def test_the_settings_page_lists_every_setting(part: Part) -> None:
    page = reference()
    for name in known_names(settings_of(part)):
        assert f"`{name}`" in page


@by_name
def test_all_credentials_are_declared_as_secrets(part: Part) -> None:
    known, words = known_names(settings_of(part)), ("_KEY", "_SECRET", "_TOKEN", "_HEADERS")
    urls = ("DATABASE_URL", "REDIS_URL", "NATS_URL", "KEYRING")
    credentials = {name for name in known if name.endswith((*words, *urls))}
    assert credentials == secret_names(settings_of(part))
