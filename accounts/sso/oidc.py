"""OpenID Connect by allauth, made strict: PKCE, state and nonce of this session, and every token checked in full.

allauth's own provider takes the token's word because it came by TLS, and scope and parameters from the address bar;
neither happens here.
"""

import secrets
from typing import Any

from allauth.socialaccount.models import SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from accounts.sso import tokens
from accounts.sso.adapter import Ours
from accounts.sso.claims import Claims, from_mapping
from accounts.sso.fetching import require_safe, send
from accounts.sso.models import Provider
from accounts.sso.troubles import Away, NotProven

KEPT = 600
"""Seconds for which what a provider publishes is not asked for again."""
KEYS_AT_MOST_EVERY = 60
WANTED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


def discovered(provider: Provider, *, fresh: bool = False) -> dict[str, Any]:
    """What the provider publishes about itself.

    Raises:
        Away: it can't be had, or is not what it has to be.
    """
    place = f"sso:discovery:{provider.pk}:{provider.issuer}"
    if not fresh and (kept := cache.get(place)):
        return kept  # type: ignore[no-any-return]
    answer = send("GET", f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    answer.raise_for_status()
    said = answer.json()
    if not isinstance(said, dict):
        raise Away("what it publishes about itself is no JSON object")
    if said.get("issuer") != provider.issuer:
        raise Away(
            f"it calls itself “{str(said.get('issuer'))[:120]}”; that has to be the issuer here, sign by sign"
        )
    for name in WANTED:
        if not isinstance(said.get(name), str):
            raise Away(f"it publishes no {name}")
        require_safe(said[name])
    cache.set(place, said, KEPT)
    return said


def keys(provider: Provider, *, anew: bool = False) -> list[dict[str, Any]]:
    """The keys that it signs with. `anew`: also where they are known, but not more than once a minute.

    Raises:
        Away
    """
    place = f"sso:keys:{provider.pk}:{provider.issuer}"
    kept = cache.get(place)
    if kept and not (anew and cache.add(f"{place}:asked", 1, KEYS_AT_MOST_EVERY)):
        return kept  # type: ignore[no-any-return]
    answer = send("GET", discovered(provider)["jwks_uri"])
    answer.raise_for_status()
    said = answer.json()
    found = said.get("keys") if isinstance(said, dict) else None
    if not isinstance(found, list) or not found:
        raise Away("it publishes no keys")
    cache.set(place, found, KEPT)
    return found


class Adapter(OpenIDConnectOAuth2Adapter):
    def __init__(self, request: HttpRequest, provider: Provider) -> None:
        self.row = provider
        self.state: dict[str, Any] = {}
        super().__init__(request, provider.issuer)

    def get_provider(self) -> Any:
        return OIDC.of(self.request, self.row)

    @property
    def openid_config(self) -> dict[str, Any]:
        return discovered(self.row)

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        return request.build_absolute_uri(reverse("sso:callback", args=[self.row.slug]))

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        """Used once to ask for more; not kept."""
        given = data.get("access_token")
        return SocialToken(token=given if isinstance(given, str) else "")

    def complete_login(
        self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        said = self._read(kwargs["response"].get("id_token"), token.token)
        return self.get_provider().login_of(self._claims(said, token.token))

    def _read(self, id_token: object, access_token: str) -> dict[str, Any]:
        expected: dict[str, Any] = {
            "issuer": self.row.issuer, "client_id": self.row.client_id, "nonce": self.state.get("nonce", ""),
            "at": timezone.now(), "access_token": access_token,
        }  # fmt: skip
        try:
            return tokens.read(id_token, keys=keys(self.row), **expected)
        except tokens.UnknownKey:
            return tokens.read(id_token, keys=keys(self.row, anew=True), **expected)

    def _claims(self, said: dict[str, Any], access_token: str) -> Claims:
        names = {what: self.row.claim(what) for what in ("email", "name", "groups")}
        if any(name not in said for name in names.values()):
            further = self._further(access_token, said["sub"])
            if names["email"] in said:  # its "verified" is about the address that stands beside it
                further.pop("email_verified", None)
            said = {**further, **said}
        # "Verified" is said of "email"; an address from elsewhere may be whatever somebody typed there.
        proven = said.get("email_verified") if names["email"] == "email" else None
        steps = said.get("amr") if isinstance(said.get("amr"), list) else []
        return from_mapping(
            said, issuer=self.row.issuer, subject=said["sub"], names=names,
            email_proven=proven is True or proven == "true" or (proven is None and self.row.trusts_addresses),
            steps=[*(steps or ()), *([said["acr"]] if isinstance(said.get("acr"), str) else [])],
        )  # fmt: skip

    def _further(self, access_token: str, subject: str) -> dict[str, Any]:
        """What its userinfo adds, if that is about the same person."""
        address = self.openid_config.get("userinfo_endpoint")
        if not isinstance(address, str) or not access_token:
            return {}
        answer = send("GET", address, headers={"Authorization": f"Bearer {access_token}"})
        answer.raise_for_status()
        said = answer.json()
        if not isinstance(said, dict) or said.get("sub") != subject:
            raise NotProven("its userinfo is about somebody else")
        return {name: value for name, value in said.items() if name not in {"amr", "acr"}}


class OIDC(Ours, OpenIDConnectProvider):
    def get_pkce_params(self) -> dict[str, Any]:
        return generate_code_challenge()  # type: ignore[no-any-return]

    def get_oauth2_adapter(self, request: HttpRequest) -> Adapter:
        return Adapter(request, self.row)

    def redirect(
        self,
        request: HttpRequest,
        process: str,
        next_url: str | None = None,
        data: Any = None,
        **kwargs: Any,
    ) -> HttpResponseBase:
        nonce = secrets.token_urlsafe(32)
        return super().redirect(  # type: ignore[no-any-return]
            request, process, next_url, data, auth_params={"nonce": nonce}, nonce=nonce, **kwargs
        )


class Callback(OAuth2CallbackView):
    """allauth's, telling the adapter what this session began with."""

    def _get_state(self, request: HttpRequest, provider: Any) -> Any:
        state, response = super()._get_state(request, provider)
        self.adapter.state = state or {}
        said = request.GET.get("iss")
        if state is not None and said is not None and said != self.adapter.row.issuer:
            raise NotProven("the answer is of another issuer")
        return state, response
