"""Write a sample of a request for each operation, for curl and for Python."""

import json
import re
import shlex
from pprint import pformat
from typing import Any
from urllib.parse import quote

from services.gateway.http.contract import Method
from services.gateway.http.openapi.examples import example_value
from services.gateway.http.openapi.schemas import required_names
from services.gateway.http.uploads import FORM

_VARIABLE = re.compile(r"\{(\w+)\}")
_INDENT = " " * 4
_WIDTH = 88

Sample = dict[str, str]


def samples(method: Method, body: dict[str, Any] | None) -> list[Sample]:
    """Return code samples of a method's request, whose body is described in ``body``.

    The samples take the server's URL from the variable BASE, and the access token or key from
    TOKEN.
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
            "source": _python(method, address, example, is_upload),
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
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if is_upload:
        lines.append("-F file=@contacts.csv")
    elif example is not None:
        lines.append("-H 'Content-Type: application/json'")
        lines.append(f"-d {shlex.quote(json.dumps(example, ensure_ascii=False))}")
    return " \\\n  ".join(lines)


def _python(method: Method, address: str, example: Any, is_upload: bool) -> str:
    arguments = [f'"{method.verb}"', f'os.environ["BASE"] + {json.dumps(address)}']
    if not method.is_public:
        arguments.append('headers={"Authorization": "Bearer " + os.environ["TOKEN"]}')
    if is_upload:
        arguments.append('files={"file": open("contacts.csv", "rb")}')
    elif example is not None:
        arguments.append(f"json={_literal(example)}")
    lines = "".join(f"{_INDENT}{argument},\n" for argument in arguments)
    return f"import os\n\nimport httpx\n\nanswer = httpx.request(\n{lines})"


def _literal(example: Any) -> str:
    """Return a value in Python's notation, indented as the argument of a call."""
    text = pformat(example, width=_WIDTH, sort_dicts=False)
    return text.replace("\n", f"\n{_INDENT}{' ' * len('json=')}")
