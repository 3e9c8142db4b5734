"""What pages carry signed, as `django.core.signing` writes it, with the work that is the same each time done once.

A ticket's page carries six. Deriving the key and preparing the digest take longer than the digest itself.
"""

import hmac
import json
from functools import lru_cache
from typing import Any

from django.core import signing
from django.utils.crypto import salted_hmac


def dumps(value: Any, *, salt: str) -> str:
    """To be read by `signing.loads` with the same salt."""
    return _Signer(salt=salt).sign_object(value, serializer=_Compact)


class _Signer(signing.TimestampSigner):
    def signature(self, value: str | bytes, key: str | bytes | None = None) -> str:
        salt: Any = self.salt
        prepared = _prepared(salt + "signer", key or self.key, self.algorithm).copy()
        prepared.update(value if isinstance(value, bytes) else value.encode())
        return signing.b64_encode(prepared.digest()).decode()


@lru_cache(maxsize=64)
def _prepared(salt: str, key: str | bytes, algorithm: str) -> hmac.HMAC:
    return salted_hmac(salt, b"", secret=key, algorithm=algorithm)


class _Compact(signing.JSONSerializer):
    encoder = json.JSONEncoder(separators=(",", ":"))

    def dumps(self, obj: Any) -> bytes:
        return self.encoder.encode(obj).encode("latin-1")
