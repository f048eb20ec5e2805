"""Write samples of requests with the client libraries, for the operations that they have.

A JSON file has the name of the method for each of these operations, as it is in Python. The
arguments are the same in both languages: the id in the path, then the fields of the body, which
Python takes one by one and TypeScript as an object.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from pprint import pformat
from typing import Any

from services.gateway.http.contract import Method
from services.gateway.http.openapi.examples import example_value

_DATA = Path(__file__).with_suffix(".json")
_CAPITAL = re.compile(r"(?<=[a-z])([A-Z])")
_UNDERSCORE = re.compile(r"_([a-z])")
_WIDTH = 76
_SHORT = 40
_QUOTED_NAME = re.compile(r'^(\s*)"([A-Za-z_]\w*)":', re.MULTILINE)
_INDENT = " " * 4
_PYTHON = """import os
from smsblaster import Client

client = Client(os.environ["KEY"], os.environ["BASE"])
"""
_TYPESCRIPT = """import { Client } from "smsblaster";

const { KEY = "", BASE = "" } = process.env;
const client = new Client({ apiKey: KEY, baseUrl: BASE });
"""


def python_call(method: Method, example: Mapping[str, Any] | None) -> str | None:
    """Return the sample in Python, or None if the client has no method for the operation."""
    name = _calls().get(method.operation_id)
    if name is None:
        return None
    arguments = [json.dumps(each) for each in _path(method)]
    arguments += [f"{_keyword(key)}={_literal(value)}" for key, value in (example or {}).items()]
    call = f"client.{name}({', '.join(arguments)})"
    if len(call) > _WIDTH and arguments:
        lines = "".join(f"{_INDENT}{argument},\n" for argument in arguments)
        call = f"client.{name}(\n{lines})"
    if _is_list(method):
        return f"{_PYTHON}for each in {call}:\n    print(each)"
    return _PYTHON + (call if _is_empty(method) else f"answer = {call}")


def typescript_call(method: Method, example: Mapping[str, Any] | None) -> str | None:
    """Return the sample in TypeScript, or None if the client has no method for the operation."""
    name = _calls().get(method.operation_id)
    if name is None:
        return None
    arguments = [json.dumps(each) for each in _path(method)]
    if example:
        arguments.append(object_literal(example))
    call = f"client.{_camel(name)}({', '.join(arguments)})"
    if _is_list(method):
        return f"{_TYPESCRIPT}for await (const each of {call}) console.log(each);"
    return _TYPESCRIPT + ("" if _is_empty(method) else "const answer = ") + f"await {call};"


def object_literal(value: Any) -> str:
    """Return a value of JSON in TypeScript's notation, in one line if it is short."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) <= _SHORT:
        return line
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return _QUOTED_NAME.sub(r"\1\2:", text)


def _path(method: Method) -> list[str]:
    """Return examples of the variables in the path."""
    fields = {field.json_name: field for field in method.descriptor.input_type.fields}
    return [str(example_value(fields[name], "input")) for name in method.variables]


def _is_list(method: Method) -> bool:
    return "next_cursor" in method.descriptor.output_type.fields_by_name


def _is_empty(method: Method) -> bool:
    return method.success_status == 204


def _keyword(name: str) -> str:
    word = _CAPITAL.sub(r"_\1", name).lower()
    return "from_" if word == "from" else word


def _camel(name: str) -> str:
    return _UNDERSCORE.sub(lambda match: match[1].upper(), name)


def _literal(value: Any) -> str:
    text = pformat(value, width=_WIDTH, sort_dicts=False)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else text


@cache
def _calls() -> Mapping[str, str]:
    found: Mapping[str, str] = json.loads(_DATA.read_text(encoding="utf-8"))
    return found
