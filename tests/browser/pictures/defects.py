"""Find what is visibly wrong with the screen in a browser page."""

from playwright.sync_api import Page

_FIND = """() => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    const all = [...document.querySelectorAll("body *")];
    const widest = all.filter((n) => n.getBoundingClientRect().right > root.clientWidth + 1).pop();
    found.push(`it scrolls sideways, because of ${widest?.outerHTML.slice(0, 80)}`);
  }
  const main = document.querySelector("main") ?? document.body;
  if (main.innerText.trim().length < 20) found.push("its main area is empty");
  // Text that an ancestor cuts, shortens or scrolls on purpose can be wider than it.
  const isOutOfSight = (node) => {
    const style = getComputedStyle(node);
    return style.overflowX !== "visible" || style.clipPath !== "none" || style.clip !== "auto";
  };
  for (const node of document.querySelectorAll("main *, [role=dialog] *, header *")) {
    const text = [...node.childNodes].filter((c) => c.nodeType === 3 && c.data.trim());
    if (text.length === 0 || !node.checkVisibility({ visibilityProperty: true })) continue;
    let holder = node;
    while (holder !== root && !isOutOfSight(holder)) holder = holder.parentElement;
    if (holder !== root) continue;
    const range = document.createRange();
    range.selectNodeContents(text[0]);
    const words = range.getBoundingClientRect();
    const cell = node.closest("td, th, button, [role=dialog]")?.getBoundingClientRect();
    const right = Math.min(cell?.right ?? root.clientWidth, root.clientWidth);
    if (words.right > right + 1) found.push(`text leaves its place: ${text[0].data.slice(0, 40)}`);
  }
  return [...new Set(found)];
}"""


def defects_of(page: Page) -> list[str]:
    """Return what is wrong with the layout of the page, in words."""
    found: list[str] = page.evaluate(_FIND)
    return found
