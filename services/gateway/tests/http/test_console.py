"""The console's page and its assets, from a build that the tests make."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from services.gateway.http.console import add_console, is_built
from services.gateway.http.errors import add_error_handlers

SCRIPT = b"export const one = 1;"


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """Return the folder of a built console, with a page and one script."""
    (tmp_path / "assets").mkdir()
    page = '<meta name="csp-nonce" content="%NONCE%"><script nonce="%NONCE%"></script>'
    (tmp_path / "index.html").write_text(page)
    (tmp_path / "assets" / "index-1.js").write_bytes(SCRIPT)
    (tmp_path / "assets" / "index-1.js.gz").write_bytes(gzip.compress(SCRIPT))
    return tmp_path


@pytest.fixture
def browser(build: Path) -> Iterator[FlaskClient]:
    app = Flask("console", static_folder=None)
    app.url_map.merge_slashes = False
    add_error_handlers(app)

    @app.get("/api/me")
    def me() -> str:
        return "me"

    add_console(app, build, "https://stream.test")
    with app.test_client() as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/campaigns", "/campaigns/x", "/apis", "/accept-invitation"])
def test_every_path_of_the_console_returns_the_same_page(browser: FlaskClient, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"


def test_the_content_security_policy_has_a_new_nonce_in_each_response(browser: FlaskClient) -> None:
    nonces = set()
    for _ in range(2):
        answer = browser.get("/")
        policy = answer.headers["Content-Security-Policy"]
        (nonce,) = set(re.findall(r'"([^"]{20,})"', answer.text))
        assert f"script-src 'self' 'nonce-{nonce}';" in policy
        assert f"style-src 'self' 'nonce-{nonce}';" in policy
        assert "connect-src 'self' https://stream.test;" in policy
        assert "unsafe" not in policy
        nonces.add(nonce)
    assert len(nonces) == 2


def test_assets_are_cached_for_ever_and_sent_in_the_compressed_form_of_the_build(
    browser: FlaskClient,
) -> None:
    plain = browser.get("/assets/index-1.js")
    assert plain.data == SCRIPT
    packed = browser.get("/assets/index-1.js", headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == SCRIPT
    for answer in (plain, packed):
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "path",
    [
        "/api/nothing",
        "/assets/none.js",
        "/assets/../index.html",
        "/api",
        "/.well-known/x",
    ],
)
def test_a_path_that_is_neither_a_screen_nor_an_asset_is_not_found(
    browser: FlaskClient, path: str
) -> None:
    answer = browser.get(path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_the_console_does_not_replace_routes_of_the_api(browser: FlaskClient) -> None:
    assert browser.get("/api/me").text == "me"


def test_a_folder_without_an_index_page_is_not_a_built_console(tmp_path: Path) -> None:
    assert not is_built(tmp_path)
