"""Changes for which it must be clear that it is you: not only a session that somebody left open."""

from typing import Any

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.administration.logged import LoggedAdmin
from accounts.errors import Refused


def is_proved(request: HttpRequest) -> bool:
    """Signed in or asked again a few minutes ago."""
    return bool(did_recently_reauthenticate(request))


def proof_url(back: str) -> str:
    """The page that asks for the password, or the second factor, once more, and leads back."""
    return f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}"


def to_proof(back: str) -> HttpResponse:
    return HttpResponseRedirect(proof_url(back))


class ProvedAdmin(LoggedAdmin):
    """A table that is changed only by who proved a moment ago who they are. Reading needs no proof.

    What was typed meanwhile is not lost: the form says what to do first, and is saved as it stands afterwards.
    """

    change_form_before_template = "admin/_proof.html"

    def changeform_view(
        self,
        request: Any,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        asks = self.has_change_permission(request) and not is_proved(request)
        context = {**(extra_context or {}), "proof_url": proof_url(request.path) if asks else ""}
        if asks and request.method == "POST":
            request.refusal = Refused(_unproved(request.path))
        response = super().changeform_view(request, object_id, form_url, context)
        if asks and request.method == "POST":
            response.status_code = Refused.status
        return response

    def delete_view(
        self, request: Any, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST" and self.may_change(request) and not is_proved(request):
            return to_proof(request.path)
        return super().delete_view(request, object_id, extra_context)


def _unproved(back: str) -> str:
    words = _("Nothing was saved: confirm first that it is you, in another tab, and save again.")
    link = _("Confirm in another tab")
    return format_html(
        '{} <a href="{}" target="_blank" rel="noopener">{}</a>', words, proof_url(back), link
    )
