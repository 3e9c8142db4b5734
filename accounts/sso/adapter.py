"""How allauth's part for other sign-in services is fitted to us: providers are our rows, nobody signs up, nothing is
matched by address by itself, no token is kept.
"""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from django.http import HttpRequest

from accounts.models import User
from accounts.sso.claims import Claims
from accounts.sso.fetching import Session
from accounts.sso.models import Provider

ALLAUTHS: dict[str, str] = {Provider.Kind.OIDC: "openid_connect", Provider.Kind.SAML: "saml"}


def app_of(row: Provider) -> SocialApp:
    """The row as allauth wants it; never saved, since that table keeps secrets in clear."""
    return SocialApp(
        provider=ALLAUTHS.get(row.kind, row.kind), provider_id=row.issuer, name=row.name,
        client_id=row.client_id or row.slug, secret=row.secret,
        settings={"server_url": row.issuer, "scope": ["openid", "profile", "email", *row.scopes.split()]},
    )  # fmt: skip


def login_of(provider: Any, row: Provider, claims: Claims) -> SocialLogin:
    """A sign-in under way: known by issuer and subject, and by nothing else. No address goes into allauth's hands."""
    account = SocialAccount(provider=claims.issuer, uid=claims.subject, extra_data=claims.kept)
    login = SocialLogin(user=User(), account=account, provider=provider)
    login.row, login.claims = row, claims
    return login


class Ours:
    """Beside allauth's own class of a provider."""

    row: Provider

    @classmethod
    def of(cls, request: HttpRequest, row: Provider) -> Any:
        made: Any = cls(request, app=app_of(row))  # type: ignore[call-arg]
        made.row, made.name = row, row.name
        return made

    def serialize(self) -> dict[str, Any]:
        """Kept in the session while somebody is asked for their second step."""
        return {"id": self.row.issuer}

    def login_of(self, claims: Claims) -> SocialLogin:
        return login_of(self, self.row, claims)


def provider_of(request: HttpRequest, row: Provider) -> Any:
    """allauth's view of the row. What only one kind needs is not loaded before somebody uses it."""
    if row.kind == Provider.Kind.OIDC:
        from accounts.sso.oidc import OIDC

        return OIDC.of(request, row)
    if row.kind == Provider.Kind.SAML:
        from accounts.sso.saml import SAML

        return SAML.of(request, row)
    from accounts.sso.directory_login import Directory

    return Directory.of(request, row)


class SocialAdapter(DefaultSocialAccountAdapter):
    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        rows = Provider.objects.on().filter(kind__in=list(ALLAUTHS))
        apps = [app_of(row) for row in (rows.filter(issuer=provider) if provider else rows)]
        return [app for app in apps if client_id is None or app.client_id == client_id]

    def get_requests_session(self) -> Session:
        return Session()

    def get_provider(
        self, request: HttpRequest, provider: str, client_id: str | None = None
    ) -> Any:
        return provider_of(request, Provider.objects.get(issuer=provider))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def authenticate_by_email(self, login: SocialLogin) -> None:
        return None

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        from accounts.sso.entering import enter

        enter(request, sociallogin)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Any = None,
        extra_context: Any = None,
    ) -> None:
        """Every failure ends on our own page."""
        from accounts.sso.entering import failed

        began = "state" in (extra_context or {})
        raise ImmediateHttpResponse(
            failed(request, provider.row, error=error, trouble=exception, began=began)
        )

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """What happens to an identity stands in the audit log."""
