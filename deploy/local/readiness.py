"""Wait until processes report at their health endpoints that they are ready."""

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus

from deploy.local import web

_POLL_EVERY = 0.05
_SHOWN = 500


def ask(url: str) -> tuple[bool, str]:
    """Return whether a health endpoint responds with 200, and the response or the error."""
    try:
        answer = web.get(url)
    except OSError as error:
        return False, str(error)
    return answer.status == HTTPStatus.OK, f"{answer.status} {answer.text()[:_SHOWN]}"


def wait_ready(
    urls: Mapping[str, str],
    timeout: float,
    on_ready: Callable[[str], None],
    is_hopeless: Callable[[str], bool],
) -> dict[str, str]:
    """Poll the health endpoints of the processes until each was ready once.

    `on_ready(name)` is called for each process that becomes ready. Waiting ends early if
    `is_hopeless(name)` is true for a process. Returns the last answers of the processes that did
    not become ready within `timeout` seconds. The result is empty if all are ready.
    """
    deadline = time.monotonic() + timeout
    waiting = dict.fromkeys(urls, "not asked")
    while waiting:
        for name in list(waiting):
            is_ready, waiting[name] = ask(urls[name])
            if is_ready:
                del waiting[name]
                on_ready(name)
        if time.monotonic() > deadline or any(is_hopeless(name) for name in waiting):
            return waiting
        time.sleep(_POLL_EVERY)
    return waiting
