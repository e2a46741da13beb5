"""Transport: websockets, TLS, HTTP Basic passwords and OCPP-J frames."""

from .authentication import AUTHORIZATION_KEY, generate_password
from .certificates import (
    KeyPair,
    make_root,
    read_pair,
    renew_server_pairs,
    server_context,
    sign_request,
)
from .connection import has_sent

__all__ = [
    "AUTHORIZATION_KEY",
    "KeyPair",
    "generate_password",
    "has_sent",
    "make_root",
    "read_pair",
    "renew_server_pairs",
    "server_context",
    "sign_request",
]
