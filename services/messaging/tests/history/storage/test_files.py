"""Files of people's texts are for the service alone."""

from pathlib import Path

from services.messaging.history.storage import files
from tests.fixtures.modes import open_to_others, umask


def test_a_file_and_its_folders_are_the_services_alone_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "exports" / "org" / "export.csv"
    with umask(0):
        path.parent.parent.mkdir(mode=0o700)
        for _ in range(2):
            with files.begin(path) as file:
                file.write(b"Id\n")
                files.publish(file, path)
    assert path.read_bytes() == b"Id\n"
    assert open_to_others(tmp_path) == {}


def test_what_a_cut_off_try_of_an_earlier_release_left_is_closed(tmp_path: Path) -> None:
    unfinished = tmp_path / "export.csv.part"
    unfinished.touch()
    unfinished.chmod(0o644)
    with files.begin(tmp_path / "export.csv") as file:
        files.publish(file, tmp_path / "export.csv")
    assert open_to_others(tmp_path) == {}
