"""The bill of materials names every package of the image, with a licence that may be sold."""

import re

import pytest

from deploy.release import bill
from tests.deploy.compose_file import ROOT

MAY_BE_SOLD = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0"),
    *("PSF-2.0", "Python-2.0", "Unlicense"),
    # Used as they are, as packages of their own: their notices are enough.
    *("LGPL-3.0-only", "MPL-2.0"),
}


@pytest.fixture(scope="module")
def packages() -> list[bill.Package]:
    return [*bill.python_packages(), *bill.console_packages()]


def test_the_bill_has_every_package_of_the_lock_files(packages: list[bill.Package]) -> None:
    lock = (ROOT / "requirements" / "image.lock").read_text(encoding="utf-8")
    pins = set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE))
    assert {one.name for one in packages if one.purl.startswith("pkg:pypi/")} == pins
    assert {"react", "@mantine/core"} <= {one.name for one in packages}
    assert all(one.hashes for one in packages)


def test_every_licence_may_be_sold(packages: list[bill.Package]) -> None:
    words = {one.name: set(re.split(r" OR | AND |[()]", one.licence)) - {""} for one in packages}
    assert {name: found for name, found in words.items() if not found <= MAY_BE_SOLD} == {}


def test_the_notices_have_the_text_of_each_python_licence(packages: list[bill.Package]) -> None:
    ours = [one for one in packages if one.purl.startswith("pkg:pypi/")]
    assert [one.name for one in ours if not one.texts] == []
    text = bill.notices(ours)
    assert all(f"{one.name} {one.version}: {one.licence}" in text for one in ours)


def test_the_same_packages_give_the_same_bill(packages: list[bill.Package]) -> None:
    made = bill.sbom(packages, "1.2.3")
    assert made == bill.sbom(packages, "1.2.3")
    assert made["serialNumber"] != bill.sbom(packages, "1.2.4")["serialNumber"]
    references = [one["bom-ref"] for one in made["components"]]
    assert len(set(references)) == len(references)
