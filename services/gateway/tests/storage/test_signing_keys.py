"""Signing keys in files: they are rotated, damaged and lost."""

import shutil
from collections.abc import Callable, Iterator, MutableMapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from structlog.testing import capture_logs

from services.gateway.domain import access_tokens
from services.gateway.storage.signing_keys import UNREADABLE, SigningKeys, ensure_key

FIRST, SECOND = "20260101T000000", "20260201T000000"
NAMED_OTHERWISE = "zz-named-otherwise"


@cache
def pem(number: int = 0, bits: int = 3072) -> bytes:
    """Return a private key. Each number gives a different one."""
    del number
    return rsa.generate_private_key(65537, bits).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def put(folder: Path, kid: str, content: bytes | None = None) -> Path:
    file = folder / f"{kid}.pem"
    file.write_bytes(pem() if content is None else content)
    return file


def kids(keys: SigningKeys) -> list[str]:
    return [key.kid for key in keys.all()]


def claims() -> access_tokens.AccessClaims:
    expiry = access_tokens.expiry(datetime.now(UTC))
    return access_tokens.AccessClaims(uuid4(), uuid4(), "Acme", ("owner",), uuid4(), expiry)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one old key."""
    put(tmp_path, FIRST)
    return tmp_path


@pytest.fixture
def told() -> Iterator[list[MutableMapping[str, Any]]]:
    """Return a list that collects the log lines of the test."""
    with capture_logs() as lines:
        yield lines


def errors(told: list[MutableMapping[str, Any]]) -> list[str]:
    """Return the event names of the logged errors."""
    return [line["event"] for line in told if line["log_level"] == "error"]


def test_tokens_are_signed_with_the_new_key_and_the_old_key_still_verifies(folder: Path) -> None:
    keys = SigningKeys(folder)
    old, said = keys.newest(), claims()
    token = access_tokens.issue(said, old)
    put(folder, SECOND, pem(1))
    assert keys.newest().kid == SECOND
    assert access_tokens.verify(token, keys.find) == said
    assert kids(keys) == [FIRST, SECOND]


def just_now() -> str:
    """Return the file name of a key that is created now."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}"


@pytest.mark.parametrize("named", [just_now, lambda: NAMED_OTHERWISE], ids=["now", "otherwise"])
def test_a_new_key_verifies_at_once_and_signs_after_five_minutes(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, named: Callable[[], str]
) -> None:
    """A replica that gets the key early must not sign tokens that other replicas still refuse."""
    later, kid = tmp_path_factory.mktemp("replica") / "keys", named()
    shutil.copytree(folder, later)
    mine, theirs = SigningKeys(folder), SigningKeys(later)
    put(folder, kid, pem(1))
    said = claims()
    token = access_tokens.issue(said, mine.newest())
    assert access_tokens.verify(token, theirs.find) == said
    assert kids(mine) == [FIRST, kid]
    assert SigningKeys(folder, settles_after=timedelta(0)).newest().kid == kid


def test_if_there_is_only_one_key_it_signs_at_once(tmp_path: Path) -> None:
    kid = just_now()
    put(tmp_path, kid)
    assert SigningKeys(tmp_path).newest().kid == kid


def test_a_broken_link_during_a_secret_update_is_skipped(tmp_path: Path) -> None:
    """Update the secret as kubelet does, by replacing the link ``..data``."""
    for number, kid in enumerate((FIRST, SECOND)):
        version = tmp_path / f"..version{number}"
        version.mkdir()
        put(version, kid, pem(number))
    (tmp_path / "..data").symlink_to("..version0")
    (tmp_path / f"{FIRST}.pem").symlink_to(f"..data/{FIRST}.pem")
    keys = SigningKeys(tmp_path)
    said = claims()
    token = access_tokens.issue(said, keys.newest())

    (tmp_path / "..new").symlink_to("..version1")
    (tmp_path / "..new").rename(tmp_path / "..data")
    assert keys.newest().kid == FIRST
    assert access_tokens.verify(token, keys.find) == said
    assert UNREADABLE._value.get() == 1

    (tmp_path / f"{SECOND}.pem").symlink_to(f"..data/{SECOND}.pem")
    assert keys.newest().kid == SECOND
    assert access_tokens.verify(token, keys.find) == said

    (tmp_path / f"{FIRST}.pem").unlink()
    assert kids(keys) == [SECOND]
    assert UNREADABLE._value.get() == 0


@pytest.mark.parametrize("kind", ["empty", "nonsense", "short"])
def test_an_invalid_key_file_does_not_stop_the_other_keys(
    folder: Path, kind: str, told: list[MutableMapping[str, Any]]
) -> None:
    content = {"empty": b"", "nonsense": b"nonsense", "short": pem(0, 2048)}[kind]
    keys = SigningKeys(folder)
    assert keys.newest().kid == FIRST
    put(folder, SECOND, content)
    for _ in range(2):
        assert keys.newest().kid == FIRST
    assert SigningKeys(folder).newest().kid == FIRST
    assert UNREADABLE._value.get() == 1
    assert errors(told) == ["signing_key_unreadable"] * 2  # once for each `SigningKeys`
    put(folder, SECOND, pem(1))
    assert keys.newest().kid == SECOND


def test_keys_stay_in_use_while_their_folder_is_missing_or_empty(
    tmp_path: Path, told: list[MutableMapping[str, Any]]
) -> None:
    folder = tmp_path / "keys"
    folder.mkdir()
    put(folder, FIRST)
    keys = SigningKeys(folder)
    said = claims()
    token = access_tokens.issue(said, keys.newest())
    folder.rename(tmp_path / "away")
    for _ in range(2):
        assert keys.newest().kid == FIRST
    folder.mkdir()
    assert access_tokens.verify(token, keys.find) == said
    assert UNREADABLE._value.get() == 1
    assert errors(told) == ["signing_keys_lost"]
    put(folder, SECOND, pem(1))
    assert keys.newest().kid == SECOND
    assert kids(keys) == [SECOND]
    assert UNREADABLE._value.get() == 0


def test_a_key_stays_in_use_when_its_file_is_damaged(folder: Path) -> None:
    keys = SigningKeys(folder)
    assert keys.newest().kid == FIRST
    put(folder, FIRST, b"nonsense")
    put(folder, SECOND, pem(1))
    assert kids(keys) == [FIRST, SECOND]
    assert kids(SigningKeys(folder)) == [SECOND]


def test_the_first_key_is_created_once_and_readable_only_by_its_owner(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    ensure_key(folder)
    [made] = folder.iterdir()
    ensure_key(folder)
    assert list(folder.iterdir()) == [made]
    assert made.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert SigningKeys(folder).newest().private.key_size == 3072


def test_a_weak_key_is_refused(tmp_path: Path) -> None:
    put(tmp_path, FIRST, pem(0, 2048))
    with pytest.raises(RuntimeError, match="3072"):
        SigningKeys(tmp_path).newest()
