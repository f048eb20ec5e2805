"""The files of the archive: compressed lines of JSON, one folder per organisation and month.

A file is named after its first message. A batch that is archived again after a crash starts with
the same message, so it replaces the file of the first attempt.
"""

import gzip
import json
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID

from services.messaging.common.storage import files
from services.messaging.common.storage.files import Place
from services.messaging.history.domain.erased_lines import is_about, without_person
from services.messaging.history.storage.archive import ArchiveLine, Month


def write(root: Place, month: Month, lines: Sequence[ArchiveLine]) -> None:
    """Write `lines` to a file of the archive. They survive a power cut once this returns."""
    path = _folder(root, month) / f"{lines[0].message_id}.jsonl.gz"
    _write(path, [line.json for line in lines])


def names_after(root: Place, org_id: UUID, name: str) -> Sequence[str]:
    """Return the names of an organisation's files that follow `name`, the oldest month first.

    A name is the month and the file's own name. If `name` does not begin with a year, all names are
    returned.
    """
    names = files.names_below(root / str(org_id))
    return [each for each in names if not name[:1].isdigit() or each > name]


def erase(root: Place, org_id: UUID, name: str, contact_ids: Collection[str]) -> int:
    """Erase a person from a file of the archive. Returns the count of the person's messages.

    The file may have been deleted.
    """
    path = root / str(org_id) / name
    if not files.exists(path):
        return 0
    with files.opened(path) as file, gzip.open(file, "rt", encoding="utf-8") as content:
        lines = [line.rstrip("\n") for line in content]
    found = 0
    for place, line in enumerate(lines):
        message = json.loads(line)
        if is_about(message, contact_ids):
            lines[place] = json.dumps(without_person(message), ensure_ascii=False)
            found += 1
    if found:
        _write(path, lines)
    return found


def delete_before(root: Place, org_id: UUID, before: datetime) -> int:
    """Delete the months (UTC) of an organisation that ended before a time. Returns their count."""
    folder, count, first_kept = root / str(org_id), 0, f"{before.astimezone(UTC):%Y-%m}"
    for month in sorted({name.partition("/")[0] for name in files.names_below(folder)}):
        if month < first_kept:
            files.remove_folder(folder / month)
            count += 1
    return count


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


def _write(path: Place, lines: Sequence[str]) -> None:
    with files.begin(path) as file:
        # Without name and time, so that the same lines make the same file.
        with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as compressed:
            for line in lines:
                compressed.write(line.encode() + b"\n")
        files.publish(file, path)


def _folder(root: Place, month: Month) -> Place:
    return root / str(month.org_id) / f"{month.start:%Y-%m}"
