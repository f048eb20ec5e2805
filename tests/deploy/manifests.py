"""Read the Kubernetes manifests: the files, and the output of `kubectl kustomize`."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

KUBERNETES = Path(__file__).resolve().parents[2] / "deploy" / "k8s"
BASE = KUBERNETES / "base"
EXAMPLE = KUBERNETES / "overlays" / "example"
AVAILABLE = KUBERNETES / "overlays" / "high-availability"

Manifest = dict[str, Any]

_NO_KUBECTL = (
    "kubectl is not installed: see https://kubernetes.io/docs/tasks/tools/; "
    "the manifests are checked one by one, but not as kustomize puts them together"
)
_SECRET_ROW = re.compile(r"^\| `([a-z-]+)` \| ((?:`[A-Z_]+`(?:, )?)+) \|", re.MULTILINE)


@cache
def written() -> dict[Path, list[Manifest]]:
    """Return the manifests by file, without kustomize's own files and partial patches."""
    files = [
        path
        for path in sorted(KUBERNETES.rglob("*.yaml"))
        if path.name != "kustomization.yaml" and path.parent.name != "patches"
    ]
    return {path: list(yaml.safe_load_all(path.read_text(encoding="utf-8"))) for path in files}


@cache
def rendered(folder: Path) -> tuple[Manifest, ...]:
    """Return the manifests of an overlay. Skip the test if kubectl is not installed."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip(_NO_KUBECTL)
    result = subprocess.run(
        [kubectl, "kustomize", str(folder)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return tuple(yaml.safe_load_all(result.stdout))


def of_kind(folder: Path, kind: str) -> dict[str, Manifest]:
    """Return an overlay's manifests of one kind, by name."""
    found = [manifest for manifest in rendered(folder) if manifest["kind"] == kind]
    return {manifest["metadata"]["name"]: manifest for manifest in found}


def documented_secrets() -> dict[str, frozenset[str]]:
    """Return the keys of each secret in the README's table."""
    text = (KUBERNETES / "README.md").read_text(encoding="utf-8")
    rows = _SECRET_ROW.findall(text)
    return {name: frozenset(re.findall(r"`([A-Z_]+)`", keys)) for name, keys in rows}


def pod_of(manifest: Manifest) -> Manifest:
    """Return the pod template of a Deployment, Job or CronJob."""
    spec = manifest["spec"]
    template: Manifest = spec.get("jobTemplate", {"spec": spec})["spec"]["template"]
    return template


def container_of(manifest: Manifest) -> Manifest:
    """Return the only container of a Deployment, Job or CronJob."""
    [container] = pod_of(manifest)["spec"]["containers"]
    found: Manifest = container
    return found


def settings_of_container(folder: Path, manifest: Manifest) -> tuple[dict[str, str], set[str]]:
    """Return the settings that a container gets, and the names of the settings from secrets."""
    config_maps, secrets = of_kind(folder, "ConfigMap"), documented_secrets()
    given: dict[str, str] = {}
    secret_names: set[str] = set()
    for source in container_of(manifest)["envFrom"]:
        if "configMapRef" in source:
            given |= config_maps[source["configMapRef"]["name"]]["data"]
        else:
            secret_names |= secrets[source["secretRef"]["name"]]
    return given, secret_names


def secrets_of_container(manifest: Manifest) -> set[str]:
    """Return the names of the secrets of which a container gets all keys or a single one."""
    container = container_of(manifest)
    single = [one["valueFrom"] for one in container.get("env", []) if "valueFrom" in one]
    sources = [*container.get("envFrom", []), *single]
    keys = ("secretRef", "secretKeyRef")
    return {source[key]["name"] for source in sources for key in keys if key in source}


def matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Tell whether a label selector selects something with these labels."""
    equal = selector.get("matchLabels", {}).items() <= labels.items()
    listed = selector.get("matchExpressions", [])
    return equal and all(labels.get(one["key"]) in one["values"] for one in listed)
