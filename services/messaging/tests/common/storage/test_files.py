"""Only the service's OS user can read the files with people's messages."""

from pathlib import Path

from services.messaging.common.storage import files
from tests.fixtures.modes import open_to_others, umask


def test_files_and_folders_are_private_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "exports" / "org" / "export.csv"
    with umask(0):
        path.parent.parent.mkdir(mode=0o700)
        for _ in range(2):
            with files.begin(path) as file:
                file.write(b"Id\n")
                files.publish(file, path)
    assert path.read_bytes() == b"Id\n"
    assert open_to_others(tmp_path) == {}


def test_the_temporary_file_of_an_interrupted_attempt_becomes_private(tmp_path: Path) -> None:
    unfinished = tmp_path / "export.csv.part"
    unfinished.touch()
    unfinished.chmod(0o644)
    with files.begin(tmp_path / "export.csv") as file:
        files.publish(file, tmp_path / "export.csv")
    assert open_to_others(tmp_path) == {}
