"""A Flask view that returns a fixed text, as a yardstick for the intake of webhooks."""

from flask import Flask

app = Flask(__name__)


@app.post("/hello")
def hello() -> str:
    """Return a fixed text."""
    return "hello"
