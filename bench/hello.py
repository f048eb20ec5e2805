"""The yardstick of the intake: a Flask view that says hello."""

from flask import Flask

app = Flask(__name__)


@app.post("/hello")
def hello() -> str:
    """Say hello."""
    return "hello"
