"""Create the gateway's Flask application."""

from pathlib import Path

from flask import Flask

from services.gateway.http.access_log import RequestIds, add_access_log
from services.gateway.http.api_versions import add_api_versions
from services.gateway.http.console import add_console, is_built
from services.gateway.http.contract import public_methods
from services.gateway.http.docs.routes import add_docs
from services.gateway.http.errors import add_error_handlers
from services.gateway.http.headers import add_headers
from services.gateway.http.jwks import add_jwks
from services.gateway.http.link_pages import add_link_pages
from services.gateway.http.request_log import add_request_log
from services.gateway.http.routes import RouteParts, add_routes
from services.gateway.http.static_page import add_icon
from services.gateway.settings import GatewaySettings
from services.gateway.storage.signing_keys import SigningKeys
from services.gateway.support.request_log_writer import RequestLogWriter

MAX_BODY_BYTES = 1024 * 1024
"""Maximum size of a request body in bytes. Uploads have another limit."""


def create_app(
    settings: GatewaySettings, parts: RouteParts, keys: SigningKeys, request_log: RequestLogWriter
) -> Flask:
    """Return the application with every route of the contract."""
    app = Flask("services.gateway", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.url_map.merge_slashes = False
    add_access_log(app)
    add_request_log(app, request_log)
    add_headers(app, settings.origins(), is_https=settings.public_app_url.startswith("https://"))
    add_error_handlers(app)
    add_api_versions(app)
    add_routes(app, public_methods(), parts)
    add_jwks(app, keys)
    add_docs(app, settings.public_app_url)
    add_icon(app)
    console = Path(settings.console_dir)
    if is_built(console):
        add_console(app, console, settings.stream_origin())
    else:
        add_link_pages(app)
    app.wsgi_app = RequestIds(app.wsgi_app)  # type: ignore[method-assign]
    return app
