"""The groups and the order in which the API document and its pages show the operations.

A JSON file has the groups, and in each of them the services of the contract with their titles.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from services.gateway.http.contract import ContractError, Method

_MOST = 1_000  # more services than a group has
_DATA = Path(__file__).with_suffix(".json")


@dataclass(frozen=True, slots=True)
class Group:
    """A group of operations. `services` has a title for each domain and service in it."""

    name: str
    title: str
    about: str
    services: Mapping[str, str]


@cache
def groups() -> tuple[Group, ...]:
    """Return the groups in their order."""
    return tuple(Group(**each) for each in json.loads(_DATA.read_text(encoding="utf-8")))


def group_of(method: Method) -> Group:
    """Return the group that shows a method. Raises `ContractError` if there is none."""
    service = service_of(method)
    found = _groups_by_service().get(service)
    if found is None:
        raise ContractError(f"{service} has no place in {_DATA.name}")
    return found


def tag_of(method: Method) -> str:
    """Return the tag of a method in the API document: the title of its service."""
    return group_of(method).services[service_of(method)]


def place_of(method: Method) -> int:
    """Return the place of the method's service in the order of all services."""
    group = group_of(method)
    return groups().index(group) * _MOST + list(group.services).index(service_of(method))


def tag_groups() -> list[dict[str, object]]:
    """Return the groups with their tags, for the extension `x-tagGroups`."""
    return [{"name": each.title, "tags": list(each.services.values())} for each in groups()]


def service_of(method: Method) -> str:
    """Return the key of the method's service in the file: its domain and its name."""
    return f"{method.domain}.{method.descriptor.containing_service.name}"


@cache
def _groups_by_service() -> Mapping[str, Group]:
    return {service: group for group in groups() for service in group.services}
