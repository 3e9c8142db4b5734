"""What a provider says of somebody, read alike for all kinds. Values in, values out."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.bidi import is_plain

LONGEST_NAME = 120
LONGEST_GROUP = 400
MOST_GROUPS = 2000


@dataclass(frozen=True)
class Claims:
    """Somebody, as their provider says it. `groups` None: it did not say, as when there are too many to list."""

    issuer: str
    subject: str
    email: str = ""
    email_proven: bool = False
    name: str = ""
    groups: tuple[str, ...] | None = ()
    steps: tuple[str, ...] = field(default=())
    """How they signed in there: values of amr and acr, or SAML's authentication context."""

    @property
    def kept(self) -> dict[str, Any]:
        """What of it stays with the identity, for the preview of groups."""
        return {
            "email": self.email,
            "name": self.name,
            "groups": list(self.groups) if self.groups is not None else None,
        }


def from_mapping(
    said: Mapping[str, Any],
    *,
    issuer: str,
    subject: str,
    names: Mapping[str, str],
    email_proven: bool,
    steps: Sequence[str] = (),
) -> Claims:
    """Claims out of what was said; `names` says under which names e-mail, name and groups stand."""
    email = clean_email(first(said.get(names["email"])))
    return Claims(
        issuer=issuer,
        subject=subject,
        email=email,
        email_proven=bool(email) and email_proven,
        name=clean_name(first(said.get(names["name"]))) or _composed(said),
        groups=groups_of(said, names["groups"]),
        steps=tuple(str(step) for step in steps),
    )


def first(value: Any) -> str:
    if isinstance(value, list | tuple):
        value = value[0] if value else ""
    return value if isinstance(value, str) else ""


def clean_email(given: str) -> str:
    """The address in lower case, or nothing.

    ASCII only, looked at before it is lowered: a Kelvin sign lowers to a plain k, and would be somebody else's address.
    """
    if not given.isascii() or len(given) > 254:
        return ""
    try:
        validate_email(given)
    except ValidationError:
        return ""
    return given.lower()


def clean_name(given: str) -> str:
    name = " ".join(unicodedata.normalize("NFC", given).split())
    fits = is_plain(name) and len(name) <= LONGEST_NAME and any(sign.isalnum() for sign in name)
    return name if fits else ""


def groups_of(said: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    """The groups, or None where the provider only points at where to ask for them."""
    elsewhere = said.get("_claim_names")
    if isinstance(elsewhere, dict) and name in elsewhere:
        return None
    value = said.get(name) or []
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list | tuple):
        return ()
    if len(value) > MOST_GROUPS:
        return None
    return tuple(one for one in value if isinstance(one, str) and 0 < len(one) <= LONGEST_GROUP)


def _composed(said: Mapping[str, Any]) -> str:
    return clean_name(f"{first(said.get('given_name'))} {first(said.get('family_name'))}")
