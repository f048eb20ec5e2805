"""Write a sample of a request for each operation, for curl, Python and TypeScript."""

import json
import re
import shlex
from pprint import pformat
from typing import Any
from urllib.parse import quote

from services.gateway.http.contract import Method
from services.gateway.http.key_scopes import scope_for
from services.gateway.http.openapi.client_samples import (
    object_literal,
    python_call,
    typescript_call,
)
from services.gateway.http.openapi.examples import example_value
from services.gateway.http.openapi.schemas import required_names
from services.gateway.http.uploads import FORM

_VARIABLE = re.compile(r"\{(\w+)\}")
_INDENT = " " * 4
_WIDTH = 88
_SHORT = 60
_TYPESCRIPT_FORM = """import { openAsBlob } from "node:fs";

const form = new FormData();
form.append("file", await openAsBlob("contacts.csv"), "contacts.csv");
"""

Sample = dict[str, str]


def samples(method: Method, body: dict[str, Any] | None) -> list[Sample]:
    """Return code samples of a method's request, whose body is described in ``body``.

    The samples take the server's address from the variable BASE, and the API key from KEY. Where no
    key is allowed, they take the access token from TOKEN.
    """
    address = _address(method)
    content = body["content"] if body else {}
    example = content.get("application/json", {}).get("example")
    is_upload = FORM in content
    return [
        {"lang": "Shell", "label": "curl", "source": _curl(method, address, example, is_upload)},
        {
            "lang": "Python",
            "label": "Python",
            "source": python_call(method, example) or _python(method, address, example, is_upload),
        },
        {
            "lang": "TypeScript",
            "label": "TypeScript",
            "source": typescript_call(method, example)
            or _typescript(method, address, example, is_upload),
        },
    ]


def _address(method: Method) -> str:
    """Return the path with example values for its variables, and the required parameters."""
    fields = {field.json_name: field for field in method.descriptor.input_type.fields}

    def value(match: re.Match[str]) -> str:
        return quote(str(example_value(fields[match[1]], "input")), safe="")

    path = _VARIABLE.sub(value, method.path)
    if method.has_body:
        return path
    needed = [name for name in required_names(method.descriptor.input_type) if name in fields]
    pairs = [
        f"{name}={quote(_as_text(example_value(fields[name], 'input')), safe='')}"
        for name in needed
        if name not in method.variables
    ]
    return f"{path}?{'&'.join(pairs)}" if pairs else path


def _as_text(value: Any) -> str:
    first = value[0] if isinstance(value, list) else value
    return first if isinstance(first, str) else json.dumps(first)


def _curl(method: Method, address: str, example: Any, is_upload: bool) -> str:
    lines = [f'curl -X {method.verb} "$BASE{address}"']
    if not method.is_public:
        lines.append(f'-H "Authorization: Bearer ${_credential(method)}"')
    if is_upload:
        lines.append("-F file=@contacts.csv")
    elif example is not None:
        lines.append("-H 'Content-Type: application/json'")
        lines.append(f"-d {shlex.quote(_json(example))}")
    return " \\\n  ".join(lines)


def _python(method: Method, address: str, example: Any, is_upload: bool) -> str:
    arguments = [f'"{method.verb}"', f'os.environ["BASE"] + {json.dumps(address)}']
    if not method.is_public:
        key = f'"Bearer " + os.environ["{_credential(method)}"]'
        arguments.append(f'headers={{"Authorization": {key}}}')
    if is_upload:
        arguments.append('files={"file": open("contacts.csv", "rb")}')
    elif example is not None:
        arguments.append(f"json={_literal(example)}")
    lines = "".join(f"{_INDENT}{argument},\n" for argument in arguments)
    return f"import os\n\nimport httpx\n\nanswer = httpx.request(\n{lines})"


def _typescript(method: Method, address: str, example: Any, is_upload: bool) -> str:
    lines = [f'method: "{method.verb}"']
    headers = []
    if not method.is_public:
        headers.append(f"Authorization: `Bearer ${{process.env.{_credential(method)}}}`")
    if example is not None:
        headers.append('"Content-Type": "application/json"')
    if headers:
        lines.append(f"headers: {{ {', '.join(headers)} }}")
    if is_upload:
        lines.append("body: form")
    elif example is not None:
        body = object_literal(example).replace("\n", "\n  ")
        lines.append(f"body: JSON.stringify({body})")
    options = "".join(f"  {line},\n" for line in lines)
    call = f"const answer = await fetch(process.env.BASE + {json.dumps(address)}, {{\n{options}}});"
    return _TYPESCRIPT_FORM + call if is_upload else call


def _credential(method: Method) -> str:
    """Return the variable for credentials: an API key, or a token where no key may call."""
    return "KEY" if scope_for(method.access) else "TOKEN"


def _json(example: Any) -> str:
    """Return a value as JSON, in one line if it is short."""
    line = json.dumps(example, ensure_ascii=False)
    if len(line) <= _SHORT:
        return line
    return json.dumps(example, ensure_ascii=False, indent=2)


def _literal(example: Any) -> str:
    """Return a value in Python's notation, indented as the argument of a call."""
    text = pformat(example, width=_WIDTH, sort_dicts=False)
    return text.replace("\n", f"\n{_INDENT}{' ' * len('json=')}")
