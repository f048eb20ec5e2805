"""Sign in and out."""

import sys

import click

from admin.output import json_option, print_result
from admin.sign_in import sign_in, sign_out


@click.command()
@click.option(
    "--url",
    envvar="SMSBLASTER_URL",
    default="http://127.0.0.1:8080",
    show_default=True,
    help="The address at which operators reach the platform.",
)
@click.option("--email", prompt="Email address", help="Your email address.")
@json_option
def login(url: str, email: str, as_json: bool) -> None:
    """Sign in as an operator, with your password and your second factor.

    A script gives the password on the first line of the standard input, and the code on the second
    one. The session is stored in a file that only you can read.
    """
    file = sign_in(url, email, _ask("Password"), lambda: _ask("Code of your app"))
    print_result(
        {"email": email, "url": url, "file": str(file)},
        f"Signed in to {url} as {email}. The session is in {file}.",
        as_json=as_json,
    )


@click.command()
@json_option
def logout(as_json: bool) -> None:
    """End your session, and delete it from this machine."""
    ended = sign_out()
    text = "Your session has ended." if ended else "There was no session."
    print_result({"ended": ended}, text, as_json=as_json)


def _ask(what: str) -> str:
    if sys.stdin.isatty():
        return str(click.prompt(what, hide_input=True, err=True))
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise click.UsageError(f"The standard input ends before: {what.lower()}.")
    return line
