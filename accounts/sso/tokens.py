"""Whether an ID token says who somebody is: OpenID Connect Core 3.1.3.7, nothing left out. Values in, values out."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import jwt

from accounts.sso.troubles import NotProven

ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
)
"""Signed with a key that only the provider has. None and the ones with a shared secret are not among them."""
LEEWAY = 60
LONGEST = 64 * 1024
LONGEST_SUBJECT = 191
"""As allauth's table holds it. The standard allows 255; we know of no provider that uses more than 100."""

Keys = Sequence[Mapping[str, Any]]


class UnknownKey(NotProven):
    """It names a key that the provider did not publish, or not yet when we asked."""


def read(
    token: object,
    *,
    keys: Keys,
    issuer: str,
    client_id: str,
    nonce: str,
    at: datetime,
    access_token: str = "",
) -> dict[str, Any]:
    """What the token says.

    Raises:
        UnknownKey: none of the keys signed it by its name.
        NotProven: anything else is not as it has to be.
    """
    if not isinstance(token, str) or not 0 < len(token) <= LONGEST:
        raise NotProven("there is no ID token")
    said = _signed(token, keys)
    if said.get("iss") != issuer:
        raise NotProven("the token is of another issuer")
    _for_us(said, client_id)
    _in_time(said, at.timestamp())
    if not nonce or not _same(said.get("nonce"), nonce):
        raise NotProven("the token does not belong to this sign-in (nonce)")
    subject = said.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise NotProven("the token names no subject")
    if (
        "at_hash" in said
        and access_token
        and not _same(said["at_hash"], _half(token, access_token))
    ):
        raise NotProven("the access token is not the one that was signed (at_hash)")
    return said


def _signed(token: str, keys: Keys) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise NotProven("the ID token can't be read") from error
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS:
        raise NotProven(f"the token is signed in a way that proves nothing ({str(algorithm)[:20]})")
    if header.get("crit"):
        raise NotProven("the token demands something we don't know (crit)")
    key = _key(keys, header.get("kid"), algorithm)
    try:
        said = jwt.decode(
            token, key=key, algorithms=[algorithm],
            options={
                "verify_signature": True, "verify_exp": False, "verify_nbf": False, "verify_iat": False,
                "verify_aud": False, "verify_iss": False, "verify_sub": False, "verify_jti": False,
            },
        )  # fmt: skip
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise NotProven("the signature is not the provider's") from error
    return said


def _key(keys: Keys, name: object, algorithm: str) -> Any:
    family = (
        {"R": "RSA", "P": "RSA", "E": "EC"}.get(algorithm[0]) if algorithm != "EdDSA" else "OKP"
    )
    fit = [
        one
        for one in keys
        if isinstance(one, Mapping)
        and one.get("kty") == family
        and one.get("use", "sig") == "sig"
        and one.get("alg", algorithm) == algorithm
        and (name is None or one.get("kid") == name)
    ]
    if len(fit) != 1:
        raise UnknownKey("the token is signed with a key that the provider does not publish")
    try:
        return jwt.get_algorithm_by_name(algorithm).from_jwk(json.dumps(dict(fit[0])))
    except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
        raise NotProven("the provider's key can't be read") from error


def _for_us(said: Mapping[str, Any], client_id: str) -> None:
    audience = said.get("aud")
    several = audience if isinstance(audience, list) else [audience]
    if client_id not in several or not client_id:
        raise NotProven("the token is for somebody else (aud)")
    party = said.get("azp")
    if party is not None and party != client_id:
        raise NotProven("the token was given to somebody else (azp)")
    if len(several) > 1 and party is None:
        raise NotProven("the token is for several, and does not say to whom it was given (azp)")


def _in_time(said: Mapping[str, Any], now: float) -> None:
    times: list[Any] = [said.get(name) for name in ("exp", "iat", "nbf")]
    ends, made, begins = times
    if not _is_time(ends) or not _is_time(made):
        raise NotProven("the token does not say until when it holds")
    if ends <= now - LEEWAY:
        raise NotProven("the token is no longer valid; do the clocks agree?")
    if made > now + LEEWAY or (
        begins is not None and (not _is_time(begins) or begins > now + LEEWAY)
    ):
        raise NotProven("the token is not valid yet; do the clocks agree?")


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(given: object, wanted: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), wanted.encode())


def _half(token: str, access_token: str) -> str:
    """The left half of the access token's digest, by the ID token's own algorithm."""
    size = jwt.get_unverified_header(token)["alg"][-3:]
    digest = getattr(hashlib, f"sha{size}", hashlib.sha512)(access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
