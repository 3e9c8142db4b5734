"""Signatures as Standard Webhooks 1.0 has them, so that receivers can use any of its libraries. Pure.

What is signed is `id.timestamp.body`; a header may hold several signatures, of which one must fit.
"""

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign(secret: str, uid: str, timestamp: int, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{uid}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(secrets: list[str], uid: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers; one signature for each secret that counts now."""
    return {
        "webhook-id": uid,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign(one, uid, timestamp, body) for one in secrets),
    }
