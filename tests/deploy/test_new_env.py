"""Only its owner can read a new `.env`, and it never replaces an existing one."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy.compose.new_env import MAKERS, add_missing, filled, write
from servicekit.crypto import Keyring
from servicekit.service_keys import CALLERS, private_key, public_keys
from tests.deploy.compose_file import ROOT, env_file


def test_only_its_owner_can_read_a_new_env_file(tmp_path: Path) -> None:
    write(ROOT / ".env.example", tmp_path / ".env")
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


def test_values_can_be_encrypted_with_the_keyring_of_a_new_env_file(tmp_path: Path) -> None:
    write(ROOT / ".env.example", tmp_path / ".env")
    made = env_file((tmp_path / ".env").read_text(encoding="utf-8"))
    assert Keyring.parse(made["KEYRING"]).primary_id == "first"


def test_a_new_env_file_has_the_public_keys_of_all_services_that_sign_calls() -> None:
    _assert_keys_fit(env_file(filled((ROOT / ".env.example").read_text(encoding="utf-8"))))


def test_an_existing_env_file_is_not_changed(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KEYRING=old\n", encoding="utf-8")
    with pytest.raises(FileExistsError):
        write(ROOT / ".env.example", tmp_path / ".env")
    assert (tmp_path / ".env").read_text(encoding="utf-8") == "KEYRING=old\n"


def test_a_newer_release_adds_the_keys_of_services_and_their_public_keys(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KEYRING=old\n", encoding="utf-8")
    add_missing(tmp_path / ".env")
    _assert_keys_fit(env_file((tmp_path / ".env").read_text(encoding="utf-8")))


def test_a_newer_release_adds_its_secrets_to_an_env_file_and_changes_nothing(
    tmp_path: Path,
) -> None:
    write(ROOT / ".env.example", tmp_path / ".env")
    before = (tmp_path / ".env").read_text(encoding="utf-8")
    without = re.sub(r"^REDIS_PASSWORD=.*\n", "", before, flags=re.MULTILINE)
    (tmp_path / ".env").write_text(without, encoding="utf-8")
    assert add_missing(tmp_path / ".env") == ["REDIS_PASSWORD"]
    after = (tmp_path / ".env").read_text(encoding="utf-8")
    assert after.startswith(without)
    assert env_file(after).keys() >= MAKERS.keys()
    assert add_missing(tmp_path / ".env") == []


def _assert_keys_fit(made: Mapping[str, str]) -> None:
    expected = {
        service: [private_key(made[f"{service.upper()}_SIGNING_KEY"]).public_key()]
        for service in CALLERS
    }
    assert public_keys(made["INTERNAL_PUBLIC_KEYS"]) == expected
