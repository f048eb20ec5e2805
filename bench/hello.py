"""A Flask view that says hello, to compare the intake with."""

from flask import Flask

app = Flask(__name__)


@app.post("/hello")
def hello() -> str:
    """Say hello."""
    return "hello"
