"""Publish the public keys of access tokens as a JSON Web Key Set (RFC 7517)."""

import json

from flask import Flask, Response
from jwt.algorithms import RSAAlgorithm

from services.gateway.domain.access_tokens import SigningKey
from services.gateway.storage.signing_keys import SigningKeys

PATH = "/.well-known/jwks.json"


def add_jwks(app: Flask, keys: SigningKeys) -> None:
    """Serve the public keys that verify access tokens, `keys`, at ``PATH``."""

    @app.get(PATH)
    def jwks() -> Response:
        body = json.dumps({"keys": [_jwk(key) for key in keys.all()]})
        headers = {"Cache-Control": "public, max-age=300"}
        return Response(body, content_type="application/json", headers=headers)


def _jwk(key: SigningKey) -> dict[str, object]:
    jwk = RSAAlgorithm.to_jwk(key.public, as_dict=True)
    return {
        "kty": "RSA",
        "n": jwk["n"],
        "e": jwk["e"],
        "kid": key.kid,
        "use": "sig",
        "alg": "RS256",
    }
