"""Build the web pages, with one style sheet, no external files and every text escaped."""

from collections.abc import Sequence
from html import escape

from aiohttp import web

STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --soft: #667085; --line: #e3e7ee; --card: #fff;
  --back: #f5f7fa; --brand: #2457d6; --good: #12805c; --bad: #b42318; --bubble: #e9effd; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf2; --soft: #98a2b3; --line: #2b3442;
  --card: #171d27; --back: #0e131b; --brand: #7aa2ff; --good: #4cc38a; --bad: #ff8578;
  --bubble: #22304f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
header { border-bottom: 1px solid var(--line); background: var(--card); }
header nav { max-width: 1080px; margin: auto; padding: .8rem 1.2rem; display: flex; gap: 1.2rem;
  flex-wrap: wrap; align-items: baseline; }
header b { margin-right: auto; }
main { max-width: 1080px; margin: auto; padding: 1.2rem; display: grid; gap: 1.2rem; }
main.narrow { max-width: 460px; padding-top: 3rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 1.1rem 1.3rem; min-width: 0; overflow-x: auto; }
h1 { font-size: 1.35rem; margin: 0 0 .4rem; } h2 { font-size: 1.02rem; margin: 0 0 .7rem; }
a { color: var(--brand); text-decoration: none; } a:hover { text-decoration: underline; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; color: var(--soft); font-weight: 500; }
td, th { padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; } td.text { max-width: 26rem; overflow-wrap: break-word; }
tr:last-child td { border-bottom: 0; }
.soft { color: var(--soft); } .good { color: var(--good); } .bad { color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: .8rem; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: .7rem 1rem; } .tiles strong { display: block; font-size: 1.4rem; }
input, textarea, select { width: 100%; padding: .55rem .7rem; border: 1px solid var(--line);
  border-radius: 7px; font: inherit; background: var(--back); color: inherit; }
label { display: block; margin: .8rem 0 .25rem; color: var(--soft); font-size: .88rem; }
button { padding: .6rem 1.1rem; border: 1px solid var(--line); border-radius: 7px; font: inherit;
  background: var(--card); color: inherit; cursor: pointer; }
button.main { background: var(--brand); border-color: var(--brand); color: #fff; }
.row { display: flex; gap: .6rem; flex-wrap: wrap; margin-top: 1rem; }
.row > button.main { flex: 1 1 100%; }
.amount { font-size: 2.1rem; font-weight: 600; margin: .2rem 0 .8rem; }
[data-live] { display: grid; gap: 1.2rem; }
.talk { display: flex; flex-direction: column; gap: .6rem; }
.talk p { margin: 0; padding: .55rem .85rem; border-radius: 12px; max-width: 75%;
  width: fit-content; background: var(--back); white-space: pre-wrap; overflow-wrap: anywhere; }
.talk p.mine { align-self: flex-end; background: var(--bubble); }
.talk small { display: block; color: var(--soft); }
@media (max-width: 640px) {
  main { padding: .8rem; } main.narrow { padding-top: 1rem; } header b { width: 100%; }
  table, tbody, tr, td { display: block; } tr:has(th) { display: none; }
  tr { padding: .5rem 0; border-bottom: 1px solid var(--line); } tr:last-child { border-bottom: 0; }
  td, td.text { display: flex; gap: .6rem; padding: .15rem 0; border: 0; max-width: none; }
  td > * { min-width: 0; overflow-wrap: anywhere; } td:empty { display: none; }
  td::before { content: attr(data-label); flex: 0 0 6.5rem; color: var(--soft); }
  td[data-label=""]::before { display: none; } td[data-label=""] { flex-wrap: wrap; }
}
button { white-space: nowrap; } .row button { white-space: normal; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }
.notice { border-left: 3px solid var(--bad); padding-left: .7rem; }
"""
REFRESH = """
<script>
setInterval(async () => {
  const live = document.querySelectorAll("[data-live]");
  if (document.hidden || !live.length) return;
  const text = await (await fetch(location)).text();
  const fresh = new DOMParser().parseFromString(text, "text/html");
  fresh.querySelectorAll("[data-live]").forEach((part, position) => {
    live[position].innerHTML = part.innerHTML;
  });
}, 2000);
</script>
"""
NAVIGATION = (
    '<header><nav><b>Provider simulator</b><a href="/">Overview</a>'
    '<a href="/phones">Phones</a><a href="/payments">Payments</a><a href="/outbox">Mail</a>'
    '<a href="/registrations">Registrations</a>'
    '<a href="/faults">Faults</a></nav></header>'
)


def page(title: str, *parts: str, status: int = 200) -> web.Response:
    """Return a page with navigation. `parts` is HTML with escaped texts."""
    return _document(title, f"{NAVIGATION}<main>{''.join(parts)}</main>{REFRESH}", status)


def lone_page(title: str, *parts: str, status: int = 200) -> web.Response:
    """Return a narrow page without navigation, for payers and not for developers."""
    return _document(title, f'<main class="narrow">{"".join(parts)}</main>', status)


def section(title: str, *parts: str) -> str:
    """Return a box with a heading."""
    return f"<section><h2>{escape(title)}</h2>{''.join(parts)}</section>"


def live(*parts: str) -> str:
    """Return an HTML box whose content the browser loads again every two seconds."""
    return f"<div data-live>{''.join(parts)}</div>"


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], empty: str) -> str:
    """Return a table. Cells are HTML. `empty` is the text if there are no rows."""
    if not rows:
        return f'<p class="soft">{escape(empty)}</p>'
    heading = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(map(_cell, head, row)) + "</tr>" for row in rows)
    return f"<table><tr>{heading}</tr>{body}</table>"


def _cell(label: str, content: str) -> str:
    """Return a table cell. On a narrow screen, its label is shown before the content."""
    text = f"<span>{content}</span>" if label and content else content
    return f'<td class="text" data-label="{escape(label)}">{text}</td>'


def link(address: str, text: str) -> str:
    """Return a link to another page of the simulator."""
    return f'<a href="{escape(address)}">{escape(text)}</a>'


def button(address: str, label: str, **fields: str) -> str:
    """Return a button that posts the given fields to `address`."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )
    return (
        f'<form method="post" action="{escape(address)}" style="display:inline">{hidden}'
        f"<button>{escape(label)}</button></form> "
    )


def back_to(address: str) -> web.Response:
    """Redirect the browser to `address` after a form was posted."""
    return web.Response(status=303, headers={"Location": address})


def money(cents: int, currency: str) -> str:
    """Format an amount: `$50.00`, or `50.00 EUR`."""
    return f"${cents / 100:,.2f}" if currency == "usd" else f"{cents / 100:,.2f} {currency.upper()}"


def _document(title: str, body: str, status: int) -> web.Response:
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{body}</body></html>"
    )
    return web.Response(text=text, content_type="text/html", status=status)
