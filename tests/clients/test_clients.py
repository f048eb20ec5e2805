"""Linters find no fault in the API document, and clients generated from it compile."""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from services.gateway.http.openapi.document import document, document_bytes
from tests.clients import tools
from tests.clients.programs import run_within

HERE = Path(__file__).parent
# Java and Go take a minute of processor time each, so only `make clients-check` sets this.
ALL = os.environ.get("CLIENTS") == "all"
SECONDS = 280
_CONFIG = """
post_hooks: []
content_type_overrides:
  text/csv: application/octet-stream
  "*/*": application/octet-stream
"""
_HTTPMIME = Path("/usr/share/java/httpmime.jar")
_READ = """
import json, sys, uuid
from client.models.campaign import Campaign
read = Campaign.from_dict(json.loads(sys.argv[1]))
assert isinstance(read.id, uuid.UUID) and read.created_at.year == 2026
assert read.status == "a_later_word" and read.retry_of is None
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with the API document that a gateway serves."""
    path = tmp_path_factory.mktemp("document") / "openapi.json"
    path.write_bytes(document_bytes("https://sms.example.org"))
    return path


def needed(tool: Path | None, name: str) -> str:
    """Return the path of a tool. Skip the test if the tool is not installed."""
    if tool is None or not shutil.which("node"):
        pytest.skip(f"{name} is not installed; {tools.INSTALL} installs it")
    return str(tool)


def run(*command: str, cwd: Path, environment: Mapping[str, str] | None = None) -> str:
    """Run a command and return its output. If it fails, the test fails with the output."""
    code, printed, errors = run_within(SECONDS, command, cwd, environment)
    output = printed + errors
    assert code == 0, output[-4000:]
    return output


def generate(generator: str, written: Path, target: Path, *options: str) -> None:
    """Generate a client with OpenAPI Generator.

    Skips the test unless everything is to be checked.
    """
    if not ALL:
        pytest.skip(f"takes a minute of a processor; {tools.INSTALL} runs it")
    jar = tools.generator_jar()
    if jar is None or not shutil.which("java"):
        pytest.skip("OpenAPI Generator or Java is not installed")
    command = ("java", "-jar", str(jar), "generate", "-g", generator, "-i", str(written))
    run(*command, "-o", str(target), *options, cwd=target)


def test_redocly_finds_no_fault_in_the_api_document(written: Path) -> None:
    redocly = needed(tools.node_tool("redocly"), "redocly")
    config = str(HERE / "redocly.yaml")
    command = (redocly, "lint", str(written), "--config", config, "--format", "json")
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "1"}
    _, printed, errors = run_within(SECONDS, command, environment=quiet)
    assert printed, errors
    assert json.loads(printed)["problems"] == []


def test_spectral_finds_no_fault_in_the_api_document(written: Path) -> None:
    spectral = needed(tools.node_tool("spectral"), "Spectral")
    rules = str(HERE / "spectral.yaml")
    command = (spectral, "lint", str(written), "--ruleset", rules, "--fail-severity", "hint")
    assert "No results" in run(*command, cwd=written.parent)


def test_a_typescript_client_compiles(written: Path, tmp_path: Path) -> None:
    generator = needed(tools.node_tool("openapi-typescript"), "openapi-typescript")
    run(generator, str(written), "-o", "api.d.ts", cwd=tmp_path)
    shutil.copy(HERE / "client.ts.txt", tmp_path / "client.ts")
    (tmp_path / "node_modules").symlink_to(tools.node_modules())
    compiler = needed(tools.node_tool("tsc"), "TypeScript")
    options = ("--noEmit", "--strict", "--target", "es2022", "--module", "preserve")
    run(compiler, *options, "--moduleResolution", "bundler", "client.ts", cwd=tmp_path)


def test_a_python_client_compiles(written: Path, tmp_path: Path) -> None:
    generator = tools.python_tool("openapi-python-client")
    if generator is None:
        pytest.skip(f"openapi-python-client is not installed; {tools.INSTALL} installs it")
    config = tmp_path / "config.yaml"
    config.write_text(_CONFIG)
    target = tmp_path / "client"
    command = (str(generator), "generate", "--path", str(written), "--config", str(config))
    output = run(*command, "--output-path", str(target), "--meta", "none", cwd=tmp_path)
    assert "Warning" not in output
    python = str(tools.folder() / "venv" / "bin" / "python")
    run(python, "-m", "compileall", "-q", str(target), cwd=tmp_path)
    campaign = document()["paths"]["/api/campaigns/{id}"]["get"]["responses"]["200"]
    example = {**campaign["content"]["application/json"]["example"], "status": "a_later_word"}
    run(python, "-c", _READ, json.dumps(example), cwd=tmp_path)


def test_a_java_client_compiles(written: Path, tmp_path: Path) -> None:
    options = "library=native,useJakartaEe=true,openApiNullable=false,hideGenerationTimestamp=true"
    # Without this option, enums that are written inside a schema don't compile.
    inline = ("--inline-schema-options", "RESOLVE_INLINE_ENUMS=true")
    generate("java", written, tmp_path, "--additional-properties", options, *inline)
    if not shutil.which("javac"):
        pytest.skip("javac is not installed")
    if not _HTTPMIME.exists():
        pytest.skip("httpmime is not installed: apt-get install libhttpmime-java")
    _write_annotations(tmp_path)
    sources = [str(path) for path in (tmp_path / "src" / "main" / "java").rglob("*.java")]
    (tmp_path / "sources").write_text("\n".join(sources))
    # The generator's archive contains the libraries that its clients use, except one.
    path = f"{tools.generator_jar()}:{_HTTPMIME}"
    run("javac", "-nowarn", "-d", "classes", "-cp", path, "@sources", cwd=tmp_path)


def test_a_go_client_compiles(written: Path, tmp_path: Path) -> None:
    go = tools.go()
    if go is None:
        pytest.skip(f"Go is not installed; {tools.INSTALL} installs it")
    options = "enumClassPrefix=true,withGoMod=false,packageName=smsblaster"
    generate("go", written, tmp_path, "--additional-properties", options)
    # Only the generated tests need other modules.
    (tmp_path / "go.mod").write_text("module smsblaster\n\ngo 1.21\n")
    own = {"GOPROXY": "off", "GOTOOLCHAIN": "local"}
    folders = {"GOPATH": str(tmp_path / "path"), "GOCACHE": str(tmp_path / "cache")}
    run(str(go), "build", ".", cwd=tmp_path, environment={**own, **folders})


def _write_annotations(target: Path) -> None:
    """Write the annotation classes that the generated clients use and the generator lacks."""
    for name, members in _ANNOTATIONS:
        package, _, simple = name.rpartition(".")
        folder = target / "src" / "main" / "java" / Path(*package.split("."))
        folder.mkdir(parents=True, exist_ok=True)
        text = f"package {package};\npublic @interface {simple} {{ {members} }}\n"
        (folder / f"{simple}.java").write_text(text)


_ANNOTATIONS: Sequence[tuple[str, str]] = (
    (
        "jakarta.annotation.Generated",
        'String[] value(); String comments() default ""; String date() default "";',
    ),
    ("jakarta.annotation.Nonnull", ""),
    ("jakarta.annotation.Nullable", ""),
)
