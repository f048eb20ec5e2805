"""``python -m deploy.release.bill FOLDER``: write what the image contains besides our own code.

`sbom.cdx.json` is a bill of materials (CycloneDX 1.6) of the Python packages of the image and of
the packages that the console is built from. `THIRD-PARTY-NOTICES.txt` has the text of every
licence, which must accompany the image. Both are the same for the same lock files. The packages
must be installed: run `make install`, and `make console` for the texts of the console's packages.
"""

import base64
import importlib.metadata
import json
import re
import sys
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

_PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+)(?P<hashes>(?: \\\n +--hash=\S+)+)", re.M)
_HASH = re.compile(r"--hash=sha256:(\w+)")
_NAMESPACE = uuid.UUID("5f0c3f0e-6a3c-5b2e-9d55-0f4c1f0f6f0e")
_LICENCE_FILES = re.compile(r"(^|/)(licen[cs]e|copying|notice|authors)[^/]*$", re.IGNORECASE)
# Names that older packages write in place of SPDX's.
_SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "BSD 3-Clause License": "BSD-3-Clause",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "ISC License": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}


@dataclass(frozen=True, slots=True)
class Package:
    """A package in the image."""

    purl: str
    name: str
    version: str
    licence: str
    hashes: tuple[tuple[str, str], ...]
    texts: tuple[str, ...]


def python_packages() -> Iterator[Package]:
    """Yield the packages of the image's lock file, in its order."""
    lock = (ROOT / "requirements" / "image.lock").read_text(encoding="utf-8")
    for pin in _PIN.finditer(lock):
        name, version = pin["name"], pin["version"]
        installed = importlib.metadata.distribution(name)
        if installed.version != version:
            raise RuntimeError(f"{name} {installed.version} is installed: run `make install`")
        yield Package(
            f"pkg:pypi/{name.lower()}@{version}",
            name,
            version,
            licence_of(installed),
            tuple(("SHA-256", digest) for digest in _HASH.findall(pin["hashes"])),
            tuple(_texts(installed)),
        )


def licence_of(installed: importlib.metadata.Distribution) -> str:
    """Return the licence of an installed package, by SPDX's name where it has one."""
    meta = installed.metadata
    if "License-Expression" in meta:
        return meta["License-Expression"]
    classifiers = meta.get_all("Classifier") or []
    named = [one.rpartition(" :: ")[2] for one in classifiers if one.startswith("License :: ")]
    told = named or [meta["License"].splitlines()[0] if "License" in meta else "unknown"]
    return " OR ".join(_SPDX.get(name, name) for name in told)


def _texts(installed: importlib.metadata.Distribution) -> Iterator[str]:
    for file in installed.files or ():
        inside = ".dist-info/" in str(file)
        if inside and _LICENCE_FILES.search(str(file)):
            yield Path(str(installed.locate_file(file))).read_text("utf-8", errors="replace")


def console_packages() -> Iterator[Package]:
    """Yield the packages that the console is built from, without those that check it."""
    lock = json.loads((ROOT / "console" / "package-lock.json").read_text(encoding="utf-8"))
    for place, entry in sorted(lock["packages"].items()):
        if not place or entry.get("dev") or entry.get("optional"):
            continue
        name = place.rpartition("node_modules/")[2]
        folder = ROOT / "console" / place
        yield Package(
            f"pkg:npm/{name.replace('@', '%40')}@{entry['version']}",
            name,
            entry["version"],
            entry.get("license", "unknown"),
            (("SHA-512", _hex(entry["integrity"])),),
            tuple(
                file.read_text("utf-8", errors="replace")
                for file in sorted(folder.glob("*"))
                if file.is_file() and _LICENCE_FILES.search(file.name)
            ),
        )


def _hex(integrity: str) -> str:
    return base64.b64decode(integrity.removeprefix("sha512-")).hex()


def sbom(packages: list[Package], version: str) -> dict[str, Any]:
    """Return the bill of materials."""
    components = [_component(package) for package in packages]
    text = json.dumps(components, sort_keys=True)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, version + text)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "smsblaster",
                "name": "smsblaster",
                "version": version,
                "licenses": [{"expression": "Apache-2.0"}],
            }
        },
        "components": components,
    }


def _component(package: Package) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "licenses": [{"license": {"name": package.licence}}],
        "hashes": [{"alg": alg, "content": content} for alg, content in package.hashes],
    }


def notices(packages: list[Package]) -> str:
    """Return the licences of all packages, with their texts."""
    parts = ["SMSBlaster contains the following packages of others.\n"]
    for package in packages:
        head = f"{package.name} {package.version}: {package.licence}"
        parts.append("\n".join([f"{'=' * 80}\n{head}\n{'=' * 80}", *package.texts]))
    return "\n".join(parts) + "\n"


def version() -> str:
    """Return the version in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def write(folder: Path) -> None:
    """Write both files into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    packages = [*python_packages(), *console_packages()]
    bill = json.dumps(sbom(packages, version()), indent=1)
    (folder / "sbom.cdx.json").write_text(f"{bill}\n", encoding="utf-8")
    (folder / "THIRD-PARTY-NOTICES.txt").write_text(notices(packages), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
