"""Find links in the mails that the simulator has stored."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

_TOKEN = re.compile(r"\?token=([\w%-]+)")


def token_to(address: str, outbox: Mapping[str, Any]) -> str | None:
    """Return the token in the latest link that was mailed to an email address, or None.

    `outbox` is the response of the simulator's `/sim/outbox`.
    """
    texts = [mail["TextBody"] for mail in outbox["messages"] if address in mail["Recipients"]]
    found = [link[1] for text in texts if (link := _TOKEN.search(text))]
    return unquote(found[0]) if found else None
