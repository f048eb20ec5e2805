"""Render Markdown: descriptions of the API document, and guides with code beside the text."""

import re
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

Links = Callable[[str], str | None]
"""Returns the URL that words in backticks lead to, or None."""

LANGUAGES = {"sh": "curl", "python": "Python", "typescript": "TypeScript"}
"""The languages that a reader chooses from, and their labels."""

_FORMATTER: Any = HtmlFormatter(nowrap=True)
_GUIDE = re.compile(r"([a-z-]+)\.md(#.*)?")


@dataclass(frozen=True, slots=True)
class Code:
    """A code sample. `html` is its text with marked syntax."""

    language: str
    label: str
    html: str


@dataclass(frozen=True, slots=True)
class Step:
    """Some text, and the code that stands beside it."""

    html: str
    codes: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of a guide with all that follows it. The first section has no heading."""

    anchor: str
    title: str
    steps: tuple[Step, ...]
    words: str


def code(text: str, language: str) -> Code:
    """Return a code sample."""
    label = LANGUAGES.get(language, language.upper())
    return Code(language, label, highlighted(text, language))


def highlighted(text: str, language: str) -> str:
    """Return `text` as HTML with marked syntax."""
    return str(highlight(text, get_lexer_by_name(language), _FORMATTER)).rstrip("\n")


def sections(text: str, links: Links) -> list[Section]:
    """Return a guide in sections, without the heading of level 1."""
    tokens = _parsed(text, links)
    starts = [i for i, token in enumerate(tokens) if token.type == "heading_open"]
    tops = [i for i in starts if tokens[i].tag in ("h1", "h2")]
    ends = [*tops[1:], len(tokens)]
    return [_section(tokens[start:end]) for start, end in zip(tops, ends, strict=True)]


def title_of(text: str) -> str:
    """Return the heading of level 1, with which a guide begins."""
    return text.partition("\n")[0].removeprefix("# ")


def prose(text: str, links: Links) -> str:
    """Return `text` as HTML."""
    return _rendered(_parsed(text, links))


def _parsed(text: str, links: Links) -> list[Token]:
    tokens = _markdown().parse(text)
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", anchor_of(tokens[index + 1].content))
        for child in token.children or ():
            _link(child, links)
    return tokens


def anchor_of(heading: str) -> str:
    """Return the anchor of a heading, by the same rules as web sites that show repositories."""
    return re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-")


def _link(token: Token, links: Links) -> None:
    """Give a token the URL that it leads to on the page."""
    if token.type == "code_inline":
        address = links(token.content)
        if address is not None:
            token.meta["address"] = address
    elif token.type == "link_open":
        found = _GUIDE.fullmatch(str(token.attrGet("href")))
        if found:
            token.attrSet("href", f"/api/docs/guides/{found[1]}{found[2] or ''}")


def _section(tokens: Sequence[Token]) -> Section:
    title = tokens[1].content
    inline = [child for token in tokens[3:] for child in token.children or ()]
    words = " ".join(child.content for child in inline if child.type in ("text", "code_inline"))
    anchor = anchor_of(title) if tokens[0].tag == "h2" else ""
    return Section(anchor, title, tuple(_steps(tokens[3:])), " ".join(words.split()))


def _steps(tokens: Sequence[Token]) -> list[Step]:
    """Group tokens into steps: a block of text, and the code that is shown beside it."""
    steps: list[tuple[list[Token], list[Code]]] = [([], [])]
    for token in tokens:
        text, codes = steps[-1]
        if token.type == "fence":
            if not codes:
                at = _last_block(text)
                steps[-1:] = [(text[:at], []), (text[at:], codes)]
            codes.append(code(token.content, token.info.strip()))
        elif codes:
            steps.append(([token], []))
        else:
            text.append(token)
    return [Step(_rendered(text), tuple(codes)) for text, codes in steps if text or codes]


def _last_block(tokens: Sequence[Token]) -> int:
    """Return where the last block of text begins."""
    starts = [i for i, token in enumerate(tokens) if token.level == 0 and token.nesting >= 0]
    return starts[-1] if starts else 0


def _rendered(tokens: Sequence[Token]) -> str:
    markdown = _markdown()
    return str(markdown.renderer.render(tokens, markdown.options, {}))


@cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.add_render_rule("code_inline", _inline_code)
    markdown.add_render_rule("table_open", _table_open)
    markdown.add_render_rule("table_close", _table_close)
    return markdown


def _inline_code(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: Any,
    env: MutableMapping[str, Any],
) -> str:
    shown = breakable(RendererHTML.code_inline(renderer, tokens, index, options, env))
    address = tokens[index].meta.get("address")
    return f'<a href="{address}">{shown}</a>' if address else shown


def breakable(html: str) -> str:
    """Return the HTML of a name or a path with places where a browser may break the line."""
    return html.replace("_", "_<wbr>").replace("/api/", "/api/<wbr>")


def _table_open(*_: object) -> str:
    return '<div class="table" tabindex="0" role="region" aria-label="Table"><table>\n'


def _table_close(*_: object) -> str:
    return "</table></div>\n"
