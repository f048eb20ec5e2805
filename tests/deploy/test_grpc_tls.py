"""The component grpc-tls gives every process that makes or takes calls its certificates."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.local.topology import PARTS
from tests.deploy.manifests import EXAMPLE, KUBERNETES, container_of, of_kind, pod_of

COMPONENT = KUBERNETES / "components" / "grpc-tls"


@pytest.fixture(scope="module")
def overlay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an installation as in the example, with the component."""
    folder = tmp_path_factory.mktemp("overlay")
    kustomization: dict[str, Any] = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [os.path.relpath(EXAMPLE, folder.resolve())],
        "components": [os.path.relpath(COMPONENT, folder.resolve())],
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization), encoding="utf-8")
    return folder


def test_every_process_has_the_certificates_in_the_folder_that_its_settings_name(
    overlay: Path,
) -> None:
    deployments, config_maps = of_kind(overlay, "Deployment"), of_kind(overlay, "ConfigMap")
    assert set(deployments) == {part.name for part in PARTS}
    for manifest in (*deployments.values(), *of_kind(overlay, "CronJob").values()):
        container = container_of(manifest)
        name = container["envFrom"][0]["configMapRef"]["name"]
        assert config_maps[name]["data"]["GRPC_TLS"] == "mutual"
        mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
        assert mounts["grpc-tls"] == config_maps[name]["data"]["GRPC_TLS_DIR"]
        volumes = {volume["name"]: volume for volume in pod_of(manifest)["spec"]["volumes"]}
        assert volumes["grpc-tls"]["secret"]["secretName"] == "grpc-tls"


def test_the_readme_names_every_host_that_the_certificate_needs(overlay: Path) -> None:
    readme = (KUBERNETES / "README.md").read_text(encoding="utf-8")
    maps = of_kind(overlay, "ConfigMap").values()
    addresses = {v for each in maps for k, v in each["data"].items() if k.endswith("_ADDR")}
    [row] = [line for line in readme.splitlines() if line.startswith("| `grpc-tls` |")]
    assert {f"`{address.partition(':')[0]}`" in row for address in addresses} == {True}
