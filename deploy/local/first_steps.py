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
    """Return the shell commands of the README's first steps, by title, with these values.

    They are read from the README, so they can't differ from it.
    """
    readme = README.read_text(encoding="utf-8")
    values = {_GATEWAY: gateway_url, _EMAIL: email, _PASSWORD: password}
    return {
        title: _replaced(_first_code(readme, heading), values) for heading, title in _TITLES.items()
    }


def _first_code(readme: str, heading: str) -> str:
    section = readme.partition(f"{heading}\n")[2]
    return section.partition("```sh\n")[2].partition("```")[0]


def _replaced(text: str, values: dict[str, str]) -> str:
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text
