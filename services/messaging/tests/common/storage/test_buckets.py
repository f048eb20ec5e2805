"""Files of exports, pictures and the archive in object storage, as in a folder."""

import errno
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.messaging.common.storage import buckets, files
from services.messaging.common.storage.buckets import BucketPath
from services.messaging.history.storage import archive_files
from services.messaging.history.storage.archive import ArchiveLine, Month
from services.messaging.settings import MessagingSettings
from tests.fixtures.kms import Kms
from tests.fixtures.running import listening

PART = 8 * 1024 * 1024
ARCHIVED_MONTH = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def client(kms: Kms) -> Any:
    """Return a client of the S3 server, which is the same server as that of KMS."""
    import boto3

    client = boto3.client("s3", region_name="us-east-1", endpoint_url=kms.url)
    client.create_bucket(Bucket="messages")
    return client


@pytest.fixture
def root(kms: Kms, client: Any) -> BucketPath:
    """Return an empty prefix of a bucket."""
    return BucketPath.parse(f"s3://messages/{uuid4()}?region=us-east-1&endpoint={kms.url}")


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path, root: BucketPath) -> files.Place:
    """Return a folder and then a bucket: both behave in the same way."""
    return tmp_path if request.param == "folder" else root


async def content(path: files.Place) -> bytes:
    return b"".join([block async for block in files.read_blocks(path)])


@pytest.mark.parametrize("size", [0, 1000, PART, 2 * PART + 1])
async def test_a_file_is_read_as_it_was_written(root: BucketPath, size: int) -> None:
    written = bytes(range(250)) * (size // 250 + 1)
    path = root / "org" / "export.csv"
    with files.begin(path) as file:
        for start in range(0, size, 1_000_000):
            file.write(written[start : min(size, start + 1_000_000)])
        files.publish(file, path)
    assert await content(path) == written[:size]


async def test_a_file_does_not_exist_before_it_is_complete(place: files.Place) -> None:
    path = place / "export.csv"
    with files.begin(path) as file:
        file.write(b"Id\n")
        assert not files.exists(path)
        files.publish(file, path)
    assert files.exists(path)
    files.remove(path)
    files.remove(path)
    assert not files.exists(path)
    with pytest.raises(FileNotFoundError):
        await content(path)


def test_nothing_is_left_of_a_file_that_was_not_completed(root: BucketPath, client: Any) -> None:
    path = root / "export.csv"
    with pytest.raises(TypeError), files.begin(path) as file:
        file.writelines([bytes(PART), None])  # type: ignore[list-item]
    assert not files.exists(path)
    assert "Uploads" not in client.list_multipart_uploads(Bucket="messages")


def test_the_archive_is_read_in_order_and_each_message_once(place: files.Place) -> None:
    month = Month(uuid4(), ARCHIVED_MONTH)
    first, second = ([_line(number) for number in numbers] for numbers in ((1, 2), (3,)))
    archive_files.write(place, month, second)
    archive_files.write(place, month, first)
    archive_files.write(place, month, first)
    assert list(archive_files.read(place, month)) == [line.json for line in (*first, *second)]
    assert list(archive_files.read(place, Month(uuid4(), ARCHIVED_MONTH))) == []


@pytest.mark.parametrize("work", [buckets.exists, buckets.opened, buckets.remove])
def test_a_storage_that_cannot_be_reached_is_a_disk_that_cannot(work: Any, kms: Kms) -> None:
    away = BucketPath("messages", "export.csv", f"http://{listening()}", "us-east-1")
    with pytest.raises(OSError, match="can't be reached") as error:
        work(away)
    assert error.value.errno == errno.EIO


def test_a_bucket_that_is_missing_is_no_missing_file(kms: Kms) -> None:
    missing = BucketPath("nowhere", "export.csv", kms.url, "us-east-1")
    with pytest.raises(OSError, match="NoSuchBucket") as error:
        buckets.opened(missing)
    assert error.value.errno == errno.EIO


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, field in MessagingSettings.model_fields.items():
        if field.is_required():
            monkeypatch.setenv(name.upper(), "a" * 44)
    monkeypatch.setenv("GRPC_LISTEN", listening())
    return monkeypatch


def test_the_settings_name_a_folder_or_a_bucket(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("EXPORT_DIR", "/var/lib/exports")
    environment.setenv("ARCHIVE_DIR", "s3://messages/archive?region=eu-central-1")
    settings = MessagingSettings()
    assert settings.export_dir == Path("/var/lib/exports")
    assert settings.archive_dir == BucketPath("messages", "archive", region="eu-central-1")


@pytest.mark.parametrize("url", ["s3://", "s3:messages", "s3://messages?zone=1"])
def test_a_bucket_that_is_not_written_correctly_is_refused(
    url: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("EXPORT_DIR", url)
    with pytest.raises(ValueError, match="is not a bucket, such as s3://bucket/prefix"):
        MessagingSettings()


def _line(number: int) -> ArchiveLine:
    message_id = UUID(int=number)
    return ArchiveLine(message_id, f'{{"id": "{message_id}"}}')
