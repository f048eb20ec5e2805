"""The files of the archive: compressed lines of JSON, one folder per organisation and month.

A file is named after its first message. A batch that is archived again after a crash starts with
the same message, so it replaces the file of the first attempt.
"""

import gzip
import json
from collections.abc import Iterator, Sequence

from services.messaging.common.storage import files
from services.messaging.common.storage.files import Place
from services.messaging.history.storage.archive import ArchiveLine, Month


def write(root: Place, month: Month, lines: Sequence[ArchiveLine]) -> None:
    """Write `lines` to a file of the archive. They survive a power cut once this returns."""
    path = _folder(root, month) / f"{lines[0].message_id}.jsonl.gz"
    with files.begin(path) as file:
        # Without name and time, so that the same lines make the same file.
        with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as compressed:
            for line in lines:
                compressed.write(line.json.encode() + b"\n")
        files.publish(file, path)


def read(root: Place, month: Month) -> Iterator[str]:
    """Yield the archived lines of `month`, each message once."""
    seen: set[str] = set()
    for path in files.listed(_folder(root, month)):
        with files.opened(path) as file, gzip.open(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                message_id = json.loads(line)["id"]
                if message_id not in seen:
                    seen.add(message_id)
                    yield line.rstrip("\n")


def _folder(root: Place, month: Month) -> Place:
    return root / str(month.org_id) / f"{month.start:%Y-%m}"
