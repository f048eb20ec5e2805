"""Read and write the version of the API, which is a date.

A version is added when a change would break clients. Earlier versions are still served for at least
a year. A request names the version that it was written for in a header.
"""

from flask import Flask, Response, g, request

from servicekit.web.errors import MalformedRequest

HEADER = "SMSBlaster-Version"
VERSIONS = ("2026-12-01",)
"""The versions that the API answers, oldest first."""
NEWEST = VERSIONS[-1]


def add_api_versions(app: Flask) -> None:
    """Refuse requests for other versions, and name the version in every response of `app`.

    The responses also have the headers about deprecations, which the routes leave in
    ``g.deprecation_headers``.
    """

    @app.before_request
    def check_version() -> None:
        asked = request.headers.get(HEADER)
        if asked is not None and asked not in VERSIONS:
            raise MalformedRequest(
                f"The API has no such version. {HEADER} can be {', '.join(VERSIONS)}.",
                "unsupported_version",
            )

    @app.after_request
    def name_version(response: Response) -> Response:
        if request.path.startswith("/api/"):
            asked = request.headers.get(HEADER)
            response.headers[HEADER] = asked if asked in VERSIONS else VERSIONS[0]
            response.headers.update(g.get("deprecation_headers", {}))
        return response
