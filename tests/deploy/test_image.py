"""The image has the packages that the processes import, and no files that they don't need."""

import ast
import importlib.metadata
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.release.image import command, is_pinned
from tests.deploy.compose_file import ROOT

GENERATED = {"smsblaster", "buf"}
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COPIED = re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE, re.MULTILINE)
BUILD_ONLY = {"protos", "console"}
PACKAGES = [source for source in COPIED if (ROOT / source).is_dir() and source not in BUILD_ONLY]


def _modules(package: str) -> Iterator[Path]:
    files = (ROOT / package).rglob("*.py")
    return (file for file in files if "tests" not in file.relative_to(ROOT).parts)


def _imported(file: Path) -> Iterator[str]:
    """Yield the top-level packages that a module imports, except those only for type checks."""
    for node in _run_time_nodes(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def _run_time_nodes(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _run_time_nodes(child)


def _pins(name: str) -> dict[str, str]:
    """Return the versions in a lock file by package name."""
    lock = (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE))


def _normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


@pytest.mark.parametrize("package", PACKAGES)
def test_everything_that_is_imported_is_in_the_image(package: str) -> None:
    locked = set(map(_normal, _pins("image")))
    installs = importlib.metadata.packages_distributions()
    inside = {*sys.stdlib_module_names, *GENERATED, *PACKAGES}
    outside = {name for file in _modules(package) for name in _imported(file)} - inside
    missing = {name for name in outside if not locked & set(map(_normal, installs[name]))}
    assert not missing


def test_make_run_installs_what_the_image_has_except_what_only_some_installations_use() -> None:
    image, run, dev = (_pins(name).items() for name in ("image", "run", "dev"))
    assert image | run <= dev
    aws = {"boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six"}
    left_out = {name for name, _ in image - run}
    traces = {name for name in left_out if name.startswith("opentelemetry-")}
    assert left_out == {"redis", *aws, *traces}


def test_make_run_removes_only_files_that_exist_and_are_not_imported() -> None:
    shown = subprocess.run(
        ["make", "--silent", "--eval", "unread: ; @echo $(UNREAD)", "unread"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    unread = shown.stdout.split()
    assert unread
    assert all(list(ROOT.glob(path)) for path in unread)
    parts = re.compile(r"phonenumbers(\.| import .*)(geocoder|carrier)")
    files = [file for package in (*PACKAGES, "deploy") for file in _modules(package)]
    assert not [file for file in files if parts.search(file.read_text(encoding="utf-8"))]


def test_the_contract_is_generated_with_the_package_versions_that_run() -> None:
    contract, run = (_pins(name) for name in ("contract", "run"))
    both = contract.keys() & run.keys()
    assert both >= {"grpcio", "protobuf"}
    assert {name: contract[name] for name in both} == {name: run[name] for name in both}


@pytest.mark.parametrize("source", COPIED)
def test_the_build_context_has_everything_that_is_copied(source: str) -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored.index(f"!{source}") > ignored.index("*")
    assert (ROOT / source).exists()


def test_the_build_context_has_nothing_that_is_not_copied() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {line.removeprefix("!") for line in lines if line.startswith("!")} == set(COPIED)


def test_installed_packages_are_checked_by_hash() -> None:
    installs = re.findall(r"^.*\binstall .*--requirement .*$", DOCKERFILE, re.MULTILINE)
    assert len(installs) == 3
    assert all("--require-hashes" in command for command in installs)


def test_the_image_does_not_run_as_root() -> None:
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE) == ["10001:10001"]


def test_a_release_names_its_base_by_digest_and_itself_in_labels() -> None:
    digest = "a" * 64
    assert is_pinned(f"python:3.11-slim@sha256:{digest}")
    assert not is_pinned("python:3.11-slim")
    built = command(["docker"], "smsblaster:1", f"python@sha256:{digest}", "https://example.com/us")
    given = dict(word.split("=", 1) for word in built if re.match(r"[A-Z_]+=", word))
    declared = re.findall(r"^ARG (\w+)", DOCKERFILE, re.MULTILINE)
    assert sorted(given) == sorted(declared)
    assert all(given.values())
    labels = re.findall(r'image\.(\w+)="\$\{(\w+)\}"', DOCKERFILE)
    assert dict(labels) == {
        "version": "VERSION",
        "revision": "COMMIT",
        "created": "CREATED",
        "source": "SOURCE",
    }
