"""The image is built, and a process of it starts, works and stops as the account of the image.

`make image-check` runs it: it takes some minutes. buildah needs no engine: as root it builds in a
chroot, on a base of Debian's packages in place of the official image.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.local.ports import LOOPBACK, free_port
from deploy.local.postgres import Postgres, create_database, create_role
from deploy.release import image
from deploy.release.bill import version
from tests.fixtures.running import INTERNAL_KEY_TEXT, listening
from tests.fixtures.waiting import wait_until_sync

TAG, BASE = "localhost/smsblaster:check", "localhost/smsblaster-base"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"

pytestmark = [
    pytest.mark.skipif(os.environ.get("IMAGE") != "build", reason="run `make image-check`"),
    pytest.mark.skipif(
        os.geteuid() != 0 or not all(map(shutil.which, ("buildah", "debootstrap"))),
        reason="needs root, and `apt-get install buildah debootstrap`",
    ),
    pytest.mark.timeout(3600),
]


class Buildah:
    """Runs buildah with a store of its own in a folder."""

    def __init__(self, folder: Path) -> None:
        store = (f"--root={folder / 'store'}", f"--runroot={folder / 'run'}")
        self.command = ("buildah", *store, "--storage-driver=vfs")

    def __call__(self, *arguments: str) -> str:
        """Run a command of buildah, and return what it prints."""
        done = subprocess.run(
            [*self.command, *arguments], check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout.strip()


@pytest.fixture(scope="module")
def buildah() -> Iterator[Buildah]:
    """Return buildah with a base image, which stays in the cache folder for the next time."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "smsblaster" / "image"
    folder.mkdir(parents=True, exist_ok=True)
    run = Buildah(folder)
    if BASE not in run("images", "--format", "{{.Name}}"):
        _make_base(run, folder / "debian")
    yield run
    run("rm", "--all")
    run("rmi", "--force", TAG)
    run("rmi", "--prune")


def _make_base(run: Buildah, debian: Path) -> None:
    """Make an image of Debian's Python, which stands for the official one."""
    packages = "python3,python3-pip,python3-venv,ca-certificates"
    shutil.rmtree(debian, ignore_errors=True)
    subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={packages}", "bookworm", str(debian)],
        check=True,
    )
    for file in debian.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        file.unlink()
    (debian / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    shutil.copy(CERTIFICATES, debian / CERTIFICATES.lstrip("/"))
    container = run("from", "scratch")
    run("add", container, str(debian), "/")
    for name in ("PIP_CERT", "NODE_EXTRA_CA_CERTS"):
        run("config", "--env", f"{name}={CERTIFICATES}", container)
    run("config", "--env", "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", container)
    run("commit", "--rm", container, BASE)
    shutil.rmtree(debian)


@pytest.fixture(scope="module")
def built(buildah: Buildah) -> str:
    """Return a container of the image of this checkout."""
    options = ("--isolation=chroot", "--network=host", "--pull-never", "--layers")
    subprocess.run(image.command(buildah.command, TAG, BASE, options=options), check=True)
    return buildah("from", "--pull-never", TAG)


def _run(buildah: Buildah, container: str, *command: str, **env: str) -> "subprocess.Popen[bytes]":
    """Start a command in the container, as the account of the image."""
    given = [f"--env={name}={value}" for name, value in env.items()]
    return subprocess.Popen(
        [*buildah.command, "run", "--isolation=chroot", *given, container, "--", *command]
    )


def test_the_labels_of_the_image_say_what_it_is(buildah: Buildah, built: str) -> None:
    config = json.loads(buildah("inspect", built))["OCIv1"]["config"]
    labels = {name.rpartition(".")[2]: value for name, value in config["Labels"].items()}
    assert (labels["version"], labels["licenses"]) == (version(), "Apache-2.0")
    assert len(labels["revision"]) == 40
    assert config["User"] == "10001:10001"


def test_the_image_has_the_console_and_the_guides(buildah: Buildah, built: str) -> None:
    files = ("console/dist/index.html", "docs/guides/README.md", "gen/contract.binpb")
    assert _run(buildah, built, "ls", *files).wait() == 0


@pytest.fixture
def database_url(own_postgres: Postgres) -> str:
    """Return the address of an empty database with a role of its own."""
    create_role(own_postgres.url(), "contacts", "service")
    create_database(own_postgres.url(), "contacts", "contacts")
    return own_postgres.url("contacts").replace("postgres:superuser", "contacts:service")


def test_a_service_of_the_image_migrates_its_database_and_serves(
    buildah: Buildah, built: str, database_url: str
) -> None:
    ops = f"{LOOPBACK}:{free_port()}"
    env = {
        "DATABASE_URL": database_url,
        "NATS_URL": f"nats://{listening()}",
        "GRPC_LISTEN": listening(),
        "OPS_LISTEN": ops,
        "INTERNAL_TOKEN_KEY": INTERNAL_KEY_TEXT,
    }
    assert _run(buildah, built, "python", "-m", "services.contacts", "migrate", **env).wait() == 0
    process = _run(buildah, built, "python", "-m", "services.contacts", "serve", **env)
    try:
        wait_until_sync(lambda: _is_ready(ops), timeout=120)
        metrics = httpx.get(f"http://{ops}/metrics").text
        assert f'version="{version()}"' in metrics
    finally:
        process.terminate()
        process.wait()


def _is_ready(ops: str) -> bool:
    try:
        return httpx.get(f"http://{ops}/readyz").is_success
    except httpx.TransportError:
        return False
