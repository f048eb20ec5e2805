"""Read the parameters of requests to the `/sim` API, and build its responses."""

from typing import Any

import orjson
from aiohttp import web
from pydantic import ValidationError

from simulator.edge import AsyncHandler, ProviderError
from simulator.forms import Form


async def body_of(request: web.Request) -> dict[str, Any]:
    """Return the parameters of a request, which has a JSON body or a form."""
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
    """Return a handler that responds to bad input with 422, and passes on a provider's error.

    The provider's error response is not changed.
    """

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
    """Return a response with `value` as JSON."""
    headers = {"Content-Type": "application/json"}
    return web.Response(body=orjson.dumps(value), status=status, headers=headers)


def problem(status: int, detail: str) -> web.Response:
    """Return an error response in the format of the `/sim` API."""
    body = orjson.dumps({"status": status, "detail": detail})
    return web.Response(
        body=body, status=status, headers={"Content-Type": "application/problem+json"}
    )
