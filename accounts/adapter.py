"""How sign-in by django-allauth is fitted to us: nobody signs up, the address is not changed by oneself."""

from typing import Any
from uuid import uuid4

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django_q.tasks import async_task

from accounts.models import User


def display_name(user: User) -> str:
    return user.display_name


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _(
            "That email and password don’t match. Check both and try again."
        ),
        "too_many_login_attempts": _(
            "Too many tries. Wait a few minutes, or choose a new password with “Forgot your password?”."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People are made by administrators, later by invitation and single sign-on."""
        return False

    def pre_login(self, request: HttpRequest, user: User, **more: Any) -> HttpResponse | None:
        """Where a provider is required for somebody's address, nothing else signs them in."""
        response: HttpResponse | None = super().pre_login(request, user, **more)
        if response is None and "sociallogin" not in (more.get("signal_kwargs") or {}):
            from accounts.sso.entering import required_elsewhere

            response = required_elsewhere(request, user)
        return response

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """By the queue: whoever asks would otherwise see, by how long it takes, that there is such an account."""
        async_task("accounts.jobs.send_reset_letter", user.pk, uuid4().hex, save=False)


class MFAAdapter(DefaultMFAAdapter):
    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity = super().get_public_key_credential_rp_entity()
        return entity | {"name": "Firebreak"}
