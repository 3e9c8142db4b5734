"""A person's own access tokens: made after a proof that it is them, shown once, revoked at any time."""

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import shown_once
from accounts.access import Scope
from accounts.actions import make_token, revoke_token
from accounts.errors import InvalidInput, Refused
from accounts.forms import TokenForm
from accounts.http import UserRequest, for_everyone
from accounts.models import AccessToken, User

PAGE = "accounts/tokens.html"
MOST_SHOWN = 100


@for_everyone
@require_http_methods(["GET", "POST"])
def token_list(request: UserRequest) -> HttpResponse:
    """One's tokens; POST makes one, and the page after it shows its secret, this once."""
    if request.method == "GET":
        return _show(request, TokenForm(), made=made_just_now(request))
    if not did_recently_reauthenticate(request):
        return to_proof(reverse("accounts:tokens"))
    form = TokenForm(request.POST)
    made = form_makes(form, person=request.user, by=request.user) if form.is_valid() else None
    if made is None:
        return _show(request, form, status=422)
    keep_for_next_page(request, made)
    return HttpResponseRedirect(reverse("accounts:tokens"))


@for_everyone
@require_POST
def token_revoke(request: UserRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(AccessToken.objects.filter(person=request.user), pk=pk)
    revoke_token(token, by=request.user)
    messages.success(request, _("Revoked. It opens nothing any more."))
    return HttpResponseRedirect(reverse("accounts:tokens"))


def to_proof(back: str) -> HttpResponse:
    """To the page that asks for the password once more, and back."""
    return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}")


def keep_for_next_page(request: UserRequest, made: tuple[AccessToken, str]) -> None:
    token, secret = made
    shown_once.keep(request, "token", secret, of=token.pk)


def made_just_now(request: UserRequest) -> tuple[AccessToken, str] | None:
    """The token that this person made on the page before, and its secret."""
    kept = shown_once.take(request, "token")
    token = AccessToken.objects.filter(pk=kept[0]).first() if kept else None
    return (token, kept[1]) if token and kept else None


def form_makes(form: TokenForm, *, person: User, by: User) -> tuple[AccessToken, str] | None:
    """The token and its secret, or nothing when a rule refused it; then the form says why."""
    try:
        return make_token(person, by=by, **form.cleaned_data)
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    except Refused as refusal:
        if refusal.status == 403:
            raise
        form.add_error(None, refusal.message)
    return None


def _show(
    request: UserRequest,
    form: TokenForm,
    *,
    made: tuple[AccessToken, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    user = request.user
    context = {
        "form": form,
        "made": made and made[0],
        "secret": made and made[1],
        "tokens": [(one, _in_words(one)) for one in user.access_tokens.all()[:MOST_SHOWN]],
        "is_proved": did_recently_reauthenticate(request),
        "lacks_factor": settings.REQUIRE_STAFF_MFA
        and user.is_on_staff
        and not is_mfa_enabled(user),
    }
    return render(request, PAGE, context, status=status)


def _in_words(token: AccessToken) -> list[str]:
    """What it opens, as the form says it."""
    labels = dict(Scope.choices)
    return [str(labels.get(scope, scope)) for scope in token.scopes]
