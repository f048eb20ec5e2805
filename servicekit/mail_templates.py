"""Create the templates of all mails at Postmark: ``python -m servicekit.mail_templates``.

Without an argument, the command prints the templates. ``create`` creates the templates that
Postmark lacks and leaves the others alone, since somebody may have changed them. The JSON file
beside this one has the original texts.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path

import aiohttp

from servicekit.settings import MailSettings, load

_DATA = Path(__file__).with_suffix(".json")
_TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)


def templates(prefix: str) -> Sequence[Mapping[str, str]]:
    """Return all templates in the format of Postmark's API. Their aliases begin with ``prefix``."""
    return [
        {
            "Name": f"SMSBlaster: {entry['name']}",
            "Alias": prefix + entry["tag"],
            "Subject": entry["subject"],
            "TextBody": entry["text"],
            "HtmlBody": entry["html"],
        }
        for entry in json.loads(_DATA.read_text("utf-8"))
    ]


async def create_missing(settings: MailSettings) -> Sequence[str]:
    """Create the templates that Postmark lacks, and return their aliases.

    Raises ``aiohttp.ClientError`` if Postmark does not answer or refuses.
    """
    headers = {
        "Accept": "application/json",
        "X-Postmark-Server-Token": settings.postmark_server_token.get_secret_value(),
    }
    base = settings.postmark_base_url.rstrip("/")
    created = []
    async with aiohttp.ClientSession(headers=headers, timeout=_TIMEOUT) as http:
        for template in templates(settings.postmark_templates):
            async with http.get(f"{base}/templates/{template['Alias']}") as found:
                if found.status == HTTPStatus.OK:
                    continue
                # Postmark answers 422 for an alias that it does not know.
                if found.status != HTTPStatus.UNPROCESSABLE_ENTITY:
                    found.raise_for_status()
            async with http.post(f"{base}/templates", json=template) as made:
                made.raise_for_status()
            created.append(template["Alias"])
    return created


def main() -> None:
    """Print the templates, or create the missing ones, as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m servicekit.mail_templates")
    parser.add_argument("command", nargs="?", choices=["show", "create"], default="show")
    settings = load(MailSettings)
    if not settings.postmark_templates:
        sys.exit("POSTMARK_TEMPLATES is off: mails use the platform's built-in text.")
    if parser.parse_args().command == "show":
        print(json.dumps(templates(settings.postmark_templates), indent=2, ensure_ascii=False))
        return
    for alias in asyncio.run(create_missing(settings)):
        print(f"created {alias}")


if __name__ == "__main__":
    main()
