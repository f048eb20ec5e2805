"""Sign in and out, and see the balance."""

import sys
from http import HTTPStatus

import click

from smsblaster import ApiError, Client
from smsblaster.cli import credentials
from smsblaster.cli.session import Session, json_option, pass_session, print_json
from smsblaster.cli.words import money
from smsblaster.generated.api.operations import get_organisation
from smsblaster.generated.models.organisation import Organisation


@click.command()
@click.option(
    "--url",
    envvar=credentials.URL,
    prompt="Address of the platform",
    help="The address of the platform, such as https://sms.example.org.",
)
@json_option
@pass_session
def login(session: Session, url: str) -> None:
    """Sign in with an API key, which is asked for.

    Create a key in the console: Settings, API keys. A script gives it on the standard input. The
    key is stored in a file that only you can read.
    """
    key = _ask_for_key()
    name = _organisation_of(key, url)
    file = credentials.save(credentials.Credentials(key, url))
    if session.as_json:
        print_json({"organisation": name, "file": str(file), "url": url})
    else:
        session.say(f"Signed in to {name or url}. The key is in {file}.")


@click.command()
@json_option
@pass_session
def logout(session: Session) -> None:
    """Delete the stored API key. It stays valid until you revoke it in the console."""
    deleted = credentials.delete()
    if session.as_json:
        print_json({"deleted": deleted})
    else:
        session.say("The stored key is deleted." if deleted else "There was no stored key.")


@click.command()
@json_option
@pass_session
def balance(session: Session) -> None:
    """Show the balance that pays for what you send."""
    found = session.client.billing.balance()
    whose = "your own" if found.payer == "member" else f"the {found.payer}'s"
    session.result(found, f"{money(found.balance_cents, found.currency)} ({whose} balance)")


def _ask_for_key() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("API key", hide_input=True)).strip()
    key = sys.stdin.readline().strip()
    if not key:
        raise click.UsageError("The standard input has no API key.")
    return key


def _organisation_of(key: str, url: str) -> str | None:
    """Return the name of a key's organisation, or None if the key may not read it."""
    with Client(key, url) as client:
        try:
            found = get_organisation.sync(client=client.api)
        except ApiError as error:
            if error.status == HTTPStatus.FORBIDDEN:
                return None
            raise
    return found.name if isinstance(found, Organisation) else None
