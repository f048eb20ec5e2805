"""Files in a bucket of object storage (the S3 API), for installations without a shared folder.

A bucket is written as `s3://bucket/prefix`, with `?endpoint=https://...` for a storage that is not
Amazon's and `&region=...`. Credentials are found as by AWS's own tools. Calls block: make them off
the event loop. What can't be reached raises the error of a broken disk, so that everybody waits as
for a disk.
"""

import errno
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

SCHEME = "s3"

_PART_BYTES = 8 * 1024 * 1024
_MISSING = frozenset(("NoSuchKey", "NotFound", "404"))


@dataclass(frozen=True, slots=True)
class BucketPath:
    """A file in a bucket, or a prefix of files. Without an endpoint, the storage is Amazon's."""

    bucket: str
    key: str = ""
    endpoint: str | None = None
    region: str | None = None

    @classmethod
    def parse(cls, url: str) -> "BucketPath":
        """Read a URL such as `s3://bucket/prefix`. Raises ``ValueError``."""
        parts = urlsplit(url)
        given = parse_qs(parts.query, strict_parsing=bool(parts.query))
        if parts.scheme != SCHEME or not parts.netloc or given.keys() - {"endpoint", "region"}:
            raise ValueError("is not a bucket, such as s3://bucket/prefix?region=eu-central-1")
        options = {name: values[0] for name, values in given.items()}
        return cls(parts.netloc, parts.path.strip("/"), **options)

    def __truediv__(self, part: str) -> "BucketPath":
        return replace(self, key=f"{self.key}/{part}".strip("/"))


class Upload(io.BufferedIOBase):
    """A file that is being written. It exists when `complete` returns, and not before."""

    def __init__(self, path: BucketPath) -> None:
        super().__init__()
        self._path = path
        self._buffer = bytearray()
        self._upload_id: str | None = None
        self._parts: list[dict[str, Any]] = []

    def writable(self) -> bool:
        """Return that the file can be written."""
        return True

    def write(self, block: "ReadableBuffer", /) -> int:
        """Add bytes; they are sent in parts."""
        before = len(self._buffer)
        self._buffer += block
        added = len(self._buffer) - before
        if len(self._buffer) >= _PART_BYTES:
            self._send_part()
        return added

    def complete(self) -> None:
        """Make the file exist, in place of an older one."""
        if self._upload_id is None:
            _call(self._path, "put_object", Body=bytes(self._buffer))
            return
        if self._buffer:
            self._send_part()
        parts = {"Parts": self._parts}
        upload = {"UploadId": self._upload_id, "MultipartUpload": parts}
        _call(self._path, "complete_multipart_upload", **upload)
        self._upload_id = None

    def abort(self) -> None:
        """Delete what was sent of a file that will not be completed."""
        if self._upload_id is not None:
            _call(self._path, "abort_multipart_upload", UploadId=self._upload_id)

    def _send_part(self) -> None:
        if self._upload_id is None:
            self._upload_id = str(_call(self._path, "create_multipart_upload")["UploadId"])
        number = len(self._parts) + 1
        part = {"UploadId": self._upload_id, "PartNumber": number, "Body": bytes(self._buffer)}
        sent = _call(self._path, "upload_part", **part)
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})
        self._buffer.clear()


def remove(path: BucketPath) -> None:
    """Delete the file, if it exists."""
    _call(path, "delete_object")


def exists(path: BucketPath) -> bool:
    """Tell whether the file exists."""
    try:
        _call(path, "head_object")
    except FileNotFoundError:
        return False
    return True


def opened(path: BucketPath) -> io.BufferedIOBase:
    """Return the content of the file for reading. Raises ``FileNotFoundError``."""
    return _Body(_call(path, "get_object")["Body"])


def listed(prefix: BucketPath) -> Iterator[BucketPath]:
    """Yield the files below a prefix, in the order of their names."""
    pages = _client(prefix).get_paginator("list_objects_v2")
    with _errors_as_of_a_disk():
        for page in pages.paginate(Bucket=prefix.bucket, Prefix=f"{prefix.key}/"):
            for found in page.get("Contents", ()):
                yield replace(prefix, key=found["Key"])


class _Body(io.BufferedIOBase):
    """The content of a response, whose errors are those of a disk."""

    def __init__(self, body: Any) -> None:
        super().__init__()
        self._body = body

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        with _errors_as_of_a_disk():
            content: bytes = self._body.read(None if size is None or size < 0 else size)
        return content

    def close(self) -> None:
        self._body.close()
        super().close()


def _call(path: BucketPath, name: str, **arguments: Any) -> dict[str, Any]:
    """Make a request about one file."""
    with _errors_as_of_a_disk():
        call: Callable[..., dict[str, Any]] = getattr(_client(path), name)
        return call(Bucket=path.bucket, Key=path.key, **arguments)


def _client(path: BucketPath) -> Any:
    return _client_of(path.endpoint, path.region)


@cache
def _client_of(endpoint: str | None, region: str | None) -> Any:
    import boto3  # only installations with a bucket need it
    from botocore.config import Config

    limits = Config(
        connect_timeout=2,
        read_timeout=10,
        retries={"mode": "standard", "total_max_attempts": 2},
        ignore_configured_endpoint_urls=True,  # AWS_ENDPOINT_URL is that of KMS
    )
    return boto3.client("s3", endpoint_url=endpoint, region_name=region, config=limits)


@contextmanager
def _errors_as_of_a_disk() -> Iterator[None]:
    """Raise ``FileNotFoundError`` for what is missing, and ``OSError`` (EIO) for all else."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _MISSING:
            raise FileNotFoundError(errno.ENOENT, "the bucket does not have this file") from error
        raise OSError(errno.EIO, f"the object storage refuses the request: {code}") from error
    except BotoCoreError as error:
        raise OSError(errno.EIO, "the object storage can't be reached") from error
