"""Put pictures of screens on contact sheets, which are photographed pages with some pictures."""

import html
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser

_SHEET = (1560, 900)
_STYLE = """
body { margin: 8px; background: #888; font: 14px sans-serif; display: grid; gap: 8px; }
figure { margin: 0; } figcaption { background: #ffd; padding: 2px 4px; overflow-wrap: anywhere; }
img { width: 100%; display: block; }
"""


def make_sheets(browser: Browser, pictures: Sequence[Path], name: str, columns: int) -> None:
    """Write contact sheets with two rows of pictures each into the folder of the pictures."""
    width, height = _SHEET
    page = browser.new_page(viewport={"width": width, "height": height})
    size = columns * 2
    for start in range(0, len(pictures), size):
        some = pictures[start : start + size]
        sheet = some[0].with_name(f"sheet-{name}-{start // size + 1}.html")
        sheet.write_text(_page(some, columns), encoding="utf-8")
        page.goto(sheet.as_uri())
        page.screenshot(path=sheet.with_suffix(".png"), full_page=True)
    page.close()


def _page(pictures: Sequence[Path], columns: int) -> str:
    figures = "".join(
        f"<figure><figcaption>{html.escape(p.stem)}</figcaption><img src={p.name!r}></figure>"
        for p in pictures
    )
    grid = f"body {{ grid-template-columns: repeat({columns}, 1fr); }}"
    return f"<!doctype html><meta charset=utf-8><style>{_STYLE}{grid}</style>{figures}"
