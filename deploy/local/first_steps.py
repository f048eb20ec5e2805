"""The shell commands that send the first text and the first campaign."""

from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"
_TITLES = {
    "## Send the first text": "Send a text:",
    "## Send the first campaign": "Send a campaign:",
}
_GATEWAY = "http://127.0.0.1:8080"
_EMAIL = "demo@example.com"
_PASSWORD = "<printed by make run>"  # noqa: S105 - what the README says in its place


def first_steps(gateway_url: str, email: str, password: str) -> dict[str, str]:
    """Return the README's shell commands for a first text and a first campaign, with these values.

    The keys are the titles of the steps. The commands are read from the README, so they can't
    differ from it.
    """
    readme = README.read_text(encoding="utf-8")
    return {
        title: with_values(_first_code(readme, heading), gateway_url, email, password)
        for heading, title in _TITLES.items()
    }


def with_values(commands: str, gateway_url: str, email: str, password: str) -> str:
    """Return shell commands of the documentation with these values instead of the demo's."""
    values = {_GATEWAY: gateway_url, _EMAIL: email, _PASSWORD: password}
    for placeholder, value in values.items():
        commands = commands.replace(placeholder, value)
    return commands


def _first_code(readme: str, heading: str) -> str:
    section = readme.partition(f"{heading}\n")[2]
    return section.partition("```sh\n")[2].partition("```")[0]
