"""Test helper: read the mails that were sent."""

import re
from urllib.parse import unquote

from tests.fixtures.running import Simulator
from tests.fixtures.waiting import wait_until_sync

_LINK = re.compile(r"https://app\.test(/[a-z-]+)\?token=([\w%-]+)")


def tokens(simulator: Simulator, address: str, page: str) -> list[str]:
    """Return the tokens of mailed links to `page`, newest first."""
    texts = [mail["TextBody"] for mail in simulator.mails(address)]
    found = [link for text in texts for link in _LINK.findall(text)]
    return [unquote(token) for path, token in found if path == page]


def mailed_token(simulator: Simulator, address: str, page: str, mails: int = 1) -> str:
    """Wait for `mails` mails with a link to `page`, and return the newest token."""
    wait_until_sync(lambda: len(tokens(simulator, address, page)) >= mails)
    return tokens(simulator, address, page)[0]
