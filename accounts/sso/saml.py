"""SAML 2.0 by python3-saml, in allauth's frame. Loaded only when somebody uses it.

Only what we asked for is taken: a signed assertion that answers a request which this very session made, once.
The answer comes by POST from another site, so without our session's cookie; it is put aside and read on the next page.
"""

import base64
from typing import Any
from urllib.parse import urlsplit

from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from allauth.socialaccount.sessions import LoginSession
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants as C
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from accounts.errors import InvalidInput
from accounts.sso.adapter import Ours
from accounts.sso.claims import Claims, from_mapping
from accounts.sso.fetching import require_safe
from accounts.sso.models import LONGEST_SUBJECT, Provider
from accounts.sso.troubles import NotProven

LONGEST = 200 * 1024
REMEMBERED = 24 * 60 * 60
"""Seconds for which an assertion that was used is known, far beyond how long any is valid."""
STORE, COOKIE = "sso_saml", "saml-answer"


class NotBegun(NotProven):
    """It answers nothing that this browser asked."""


def settings_of(request: HttpRequest, row: Provider) -> dict[str, Any]:
    """For python3-saml: strict, signed, by today's algorithms."""

    def ours(name: str) -> str:
        return request.build_absolute_uri(reverse(f"sso:{name}", args=[row.slug]))

    certificates = [bare(one) for one in certificates_in(row.certificates)]
    return {
        "strict": True,
        "debug": False,
        "sp": {
            "entityId": ours("metadata"),
            "assertionConsumerService": {"url": ours("acs"), "binding": C.BINDING_HTTP_POST},
            "NameIDFormat": C.NAMEID_UNSPECIFIED,
        },
        "idp": {
            "entityId": row.issuer,
            "singleSignOnService": {"url": row.address, "binding": C.BINDING_HTTP_REDIRECT},
            "x509cert": certificates[0] if certificates else "",
            "x509certMulti": {"signing": certificates},
        },
        "security": {
            "allowSingleLabelDomains": True,  # hosts of a house are often called so
            "wantAssertionsSigned": True,
            "wantMessagesSigned": False,
            "wantNameId": True,
            "wantAttributeStatement": False,
            "rejectUnsolicitedResponsesWithInResponseTo": True,
            "rejectDeprecatedAlgorithm": True,
            "requestedAuthnContext": False,
            "allowRepeatAttributeName": True,
            "signatureAlgorithm": C.RSA_SHA256,
            "digestAlgorithm": C.SHA256,
        },
    }


def certificates_in(text: str) -> list[str]:
    """Each certificate of a PEM text, or the one that is written without its lines around."""
    end = "-----END CERTIFICATE-----"
    if end in text:
        return [
            f"{piece}{end}".strip() for piece in text.split(end) if "BEGIN CERTIFICATE" in piece
        ]
    return [text.strip()] if text.strip() else []


def bare(certificate: str) -> str:
    return "".join(
        line for line in certificate.split() if "CERTIFICATE" not in line and "-----" not in line
    )


class SAML(Ours, SAMLProvider):
    def redirect(
        self,
        request: HttpRequest,
        process: str,
        next_url: str | None = None,
        data: Any = None,
        **kwargs: Any,
    ) -> HttpResponse:
        require_safe(self.row.address)
        auth = _auth(request, self.row)
        address = auth.login(return_to="")
        self.stash_redirect_state(
            request, process, next_url, data, state_id=auth.get_last_request_id()
        )
        return HttpResponseRedirect(address)


def put_aside(request: HttpRequest, row: Provider) -> HttpResponse:
    """Keep the answer for the next page, and go there.

    Raises:
        NotProven: it is none.
    """
    given = request.POST.get("SAMLResponse", "")
    _xml(given)
    response = HttpResponseRedirect(reverse("sso:finish", args=[row.slug]))
    aside = LoginSession(request, STORE, COOKIE)
    aside.store = aside.store.__class__()  # never one whose key somebody brought
    aside.store["answer"] = given
    aside.store.set_expiry(300)
    aside.save(response)
    response.cookies[COOKIE]["httponly"] = True
    return response


def finish(request: HttpRequest, row: Provider) -> HttpResponse:
    """Read the answer that was put aside, as far as it belongs to this session.

    Raises:
        NotBegun, NotProven
    """
    aside = LoginSession(request, STORE, COOKIE)
    given = aside.store.get("answer")
    aside.delete()
    if not given:
        raise NotBegun("there is no answer")
    provider = SAML.of(request, row)
    response, state = _read(request, row, provider, given)
    try:
        login = provider.login_of(_claims(row, response))
    except (OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError) as error:
        raise NotProven(str(error)[:200]) from error
    login.state = state
    return complete_social_login(request, login)  # type: ignore[no-any-return]


def _read(
    request: HttpRequest, row: Provider, provider: SAML, given: str
) -> tuple[OneLogin_Saml2_Response, dict[str, Any]]:
    _xml(given)
    asked_by = _asked(request, row)
    auth = _auth(request, row)
    try:
        response = OneLogin_Saml2_Response(auth.get_settings(), given)
        asked = response.get_in_response_to()
    except (
        Exception
    ) as error:  # lxml and xmlsec have errors of their own, and none of them proves anything
        raise NotProven("the answer is no SAML that can be read") from error
    if not asked:
        raise NotBegun(
            "it answers nothing that we asked (sign-in that begins at the provider is not taken)"
        )
    try:
        state = provider.unstash_redirect_state(request, asked)
    except PermissionDenied as error:
        raise NotBegun("the answer does not belong to a sign-in that this browser began") from error
    try:
        response.is_valid(asked_by, asked, raise_exceptions=True)
        _require_strictness(request, row, response, asked)
        used = response.get_assertion_id()
    except NotProven:
        raise
    except Exception as error:
        raise NotProven(f"the assertion proves nothing: {str(error)[:250]}") from error
    if not used or not cache.add(f"sso:assertion:{row.pk}:{used}", 1, REMEMBERED):
        raise NotProven("the assertion was used before")
    return response, state


def _require_strictness(
    request: HttpRequest, row: Provider, response: OneLogin_Saml2_Response, asked: str
) -> None:
    """What python3-saml lets pass where it is left out: for whom, in answer to what, and sent to where exactly."""
    ours = request.build_absolute_uri(reverse("sso:metadata", args=[row.slug]))
    acs = request.build_absolute_uri(reverse("sso:acs", args=[row.slug]))
    if ours not in response.get_audiences():
        raise NotProven("the assertion does not say that it is for us (Audience)")
    if response.document.get("Destination") not in (None, acs):
        raise NotProven("the answer was sent to another address (Destination)")
    confirmed = response._query_assertion(
        "/saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData"
    )
    if not confirmed or any(one.get("InResponseTo") != asked for one in confirmed):
        raise NotProven("the assertion does not answer what we asked (InResponseTo)")


def _claims(row: Provider, response: OneLogin_Saml2_Response) -> Claims:
    said = {**response.get_friendlyname_attributes(), **response.get_attributes()}
    wanted, form = row.subject_claim, response.get_nameid_format()
    subject = (said.get(wanted) or [""])[0] if wanted else response.get_nameid()
    if not wanted and form == C.NAMEID_TRANSIENT:
        raise NotProven(
            "its NameID is another one each time (transient); name an attribute that stays"
        )
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise NotProven("the assertion names no subject")
    names = {what: row.claim(what) for what in ("email", "name", "groups")}
    if not row.email_claim and names["email"] not in said and form == C.NAMEID_EMAIL_ADDRESS:
        said[names["email"]] = [response.get_nameid()]
    return from_mapping(
        said, issuer=row.issuer, subject=subject, names=names, email_proven=row.trusts_addresses,
        steps=response.get_authn_contexts(),
    )  # fmt: skip


def _asked(request: HttpRequest, row: Provider) -> dict[str, Any]:
    """Where the answer was sent to: our own address, whatever proxy stands before us."""
    acs = urlsplit(request.build_absolute_uri(reverse("sso:acs", args=[row.slug])))
    return {
        "https": "on" if acs.scheme == "https" else "off",
        "http_host": acs.netloc,
        "script_name": acs.path,
        "get_data": {},
        "post_data": {},
    }


def _auth(request: HttpRequest, row: Provider) -> OneLogin_Saml2_Auth:
    try:
        return OneLogin_Saml2_Auth(_asked(request, row), settings_of(request, row))
    except OneLogin_Saml2_Error as error:
        raise NotProven(f"it is not set up rightly: {str(error)[:200]}") from error


def _xml(given: str) -> bytes:
    """The answer's text: small, in UTF-8, and without a document type, so without entities.

    Raises:
        NotProven: it is anything else.
    """
    if not 0 < len(given) <= LONGEST:
        raise NotProven("there is no answer, or it is too long")
    try:
        text = base64.b64decode("".join(given.split()), validate=True)
        words = text.decode("utf-8")
    except ValueError as error:
        raise NotProven("the answer can't be read") from error
    if "<!" in words or "\x00" in words:  # nor comments, which split a name in two for some readers
        raise NotProven("the answer brings a document type, entities or comments")
    return text


# What each must know of the other --------------------------------------------------------------------


def metadata(request: HttpRequest, row: Provider) -> bytes:
    """Of this portal, for the provider."""
    made = OneLogin_Saml2_Settings(settings_of(request, row), sp_validation_only=True)
    text = made.get_sp_metadata()
    return text if isinstance(text, bytes) else text.encode()


def read_metadata(text: str) -> dict[str, str]:
    """Of the provider, as an administrator pasted it: issuer, address and certificates.

    Raises:
        InvalidInput: it is none.
    """
    if len(text) > LONGEST or "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
        raise InvalidInput(
            _("This is too long for metadata, or brings a document type."), field="metadata"
        )
    try:
        idp = OneLogin_Saml2_IdPMetadataParser.parse(
            text, required_sso_binding=C.BINDING_HTTP_REDIRECT
        )["idp"]
        several = idp.get("x509certMulti", {}).get("signing") or [idp["x509cert"]]
        lines = [
            f"-----BEGIN CERTIFICATE-----\n{bare(one)}\n-----END CERTIFICATE-----"
            for one in several
        ]
        return {
            "issuer": idp["entityId"],
            "address": idp["singleSignOnService"]["url"],
            "certificates": "\n".join(lines),
        }
    except Exception as error:  # lxml has errors of its own
        raise InvalidInput(
            _("This is no metadata of a SAML provider."), field="metadata"
        ) from error
