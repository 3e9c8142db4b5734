"""Trying a provider out before anybody depends on it: each step, and what is wrong with the first that fails."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.sso.actions.set_up import missing
from accounts.sso.models import Provider
from accounts.sso.troubles import Away, Trouble

SOON = timedelta(days=30)


@dataclass(frozen=True)
class Tried:
    what: str
    fits: bool
    said: str = ""


def try_out(request: HttpRequest, row: Provider) -> list[Tried]:
    """The steps, in order, up to the first that fails. Nobody is signed in."""
    done: list[Tried] = []
    try:
        for what, said in _steps(request, row):
            done.append(Tried(what, fits=True, said=said))
    except Trouble as trouble:
        done.append(Tried(_("Stopped here"), fits=False, said=trouble.reason))
    return done


def _steps(request: HttpRequest, row: Provider) -> Iterator[tuple[str, str]]:
    if words := missing(row):
        raise Away(_("Still empty: %(what)s.") % {"what": words})
    yield from {"oidc": _openid, "saml": _saml, "ldap": _directory}[row.kind](request, row)


def _openid(request: HttpRequest, row: Provider) -> Iterator[tuple[str, str]]:
    from accounts.sso import oidc, tokens

    said = oidc.discovered(row, fresh=True)
    yield _("It publishes what it is, under the issuer’s name"), row.issuer
    methods = said.get("code_challenge_methods_supported")
    if isinstance(methods, list) and "S256" not in methods:
        raise Away(_("It does not take PKCE with S256."))
    found = oidc.keys(row, anew=True)
    usable = [
        one for one in found if isinstance(one, dict) and one.get("kty") in {"RSA", "EC", "OKP"}
    ]
    if not usable:
        raise Away(_("None of its keys can be used."))
    yield _("It publishes keys that we can check"), str(len(usable))
    algorithms = said.get("id_token_signing_alg_values_supported")
    if isinstance(algorithms, list) and not set(map(str, algorithms)) & set(tokens.ALGORITHMS):
        raise Away(_("It signs in no way that we take."))
    yield _("It signs in a way that we take"), ""
    if not row.secret:
        yield _("No secret is set; only PKCE protects the code"), ""


def _saml(request: HttpRequest, row: Provider) -> Iterator[tuple[str, str]]:
    from cryptography import x509

    from accounts.sso import fetching, saml

    fetching.require_safe(row.address)
    yield _("Sign-in begins at a safe address"), row.address
    for text in saml.certificates_in(row.certificates):
        pem = f"-----BEGIN CERTIFICATE-----\n{saml.bare(text)}\n-----END CERTIFICATE-----\n"
        try:
            ends = x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc
        except ValueError as error:
            raise Away(_("A certificate can’t be read.")) from error
        if ends < datetime.now(UTC):
            raise Away(_("A certificate ran out on %(day)s.") % {"day": ends.date().isoformat()})
        soon = ends < datetime.now(UTC) + SOON
        words = _("runs out on %(day)s, soon") if soon else _("holds until %(day)s")
        yield _("A certificate can be read"), words % {"day": ends.date().isoformat()}
    saml.metadata(request, row)
    saml._auth(request, row)
    yield _("Our side is ready"), ""


def _directory(request: HttpRequest, row: Provider) -> Iterator[tuple[str, str]]:
    from accounts.sso import directory

    found = directory.try_out(row)
    yield _("It is reached safely, lets us search, and people are found there"), found
