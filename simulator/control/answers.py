"""Parameters and answers of the `/sim` API."""

from typing import Any

import orjson
from aiohttp import web
from pydantic import ValidationError

from simulator.edge import AsyncHandler, ProviderError
from simulator.forms import Form


async def body_of(request: web.Request) -> dict[str, Any]:
    """Return the parameters of a request, which are JSON or a form."""
    raw = await request.read()
    if not raw:
        return {}
    if request.content_type == "application/x-www-form-urlencoded":
        return dict(Form(raw.decode()).pairs)
    parsed = orjson.loads(raw)
    if not isinstance(parsed, dict):
        raise TypeError
    return parsed


def guarded(handler: AsyncHandler) -> AsyncHandler:
    """Make a handler answer bad input with 422, and pass on a provider's refusal unchanged."""

    async def serve(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ValidationError as error:
            return problem(422, str(error))
        except (ValueError, TypeError):
            return problem(422, "The body or a query parameter can't be read.")
        except ProviderError as error:
            return error.refusal.response()

    return serve


def json_answer(value: object, status: int = 200) -> web.Response:
    """Return `value` as a JSON answer."""
    headers = {"Content-Type": "application/json"}
    return web.Response(body=orjson.dumps(value), status=status, headers=headers)


def problem(status: int, detail: str) -> web.Response:
    """Return an error answer in the format of the `/sim` API."""
    body = orjson.dumps({"status": status, "detail": detail})
    return web.Response(
        body=body, status=status, headers={"Content-Type": "application/problem+json"}
    )
