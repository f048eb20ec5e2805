"""The lists of screens that tests and pictures use have every route of the console."""

import re
from pathlib import Path

from tests.browser.screens import OBJECT_SCREENS, OPERATORS_SCREENS, SCREENS, SIGNED_OUT_SCREENS

_FEATURES = Path(__file__).resolve().parents[2] / "console" / "src" / "features"
_ROUTE = re.compile(r'path: "(/[^"]*)"')


def test_every_route_of_the_console_is_in_the_lists_of_screens() -> None:
    of_objects = [screen for _, screen in OBJECT_SCREENS]
    listed = (*SCREENS, *OPERATORS_SCREENS, *SIGNED_OUT_SCREENS, *of_objects)
    routes = {
        re.sub(r"\$\w+", "{id}", route)
        for file in _FEATURES.glob("*/routes.ts")
        for route in _ROUTE.findall(file.read_text(encoding="utf-8"))
    }
    assert len(routes) > len(OBJECT_SCREENS)
    assert routes - {screen.partition("?")[0] for screen in listed} == set()
