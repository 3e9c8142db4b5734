"""A person's own account: what we know of them, how they sign in, how pages look."""

from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.models import Session
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import typed
from accounts.actions import change_profile
from accounts.errors import InvalidInput
from accounts.forms import ProfileForm, ThemeForm
from accounts.http import UserRequest, for_everyone, for_public, safe_next
from accounts.models import User

PROFILE = "profile"


@for_everyone
@require_GET
def home(request: UserRequest) -> HttpResponse:
    return _home(request, ProfileForm.of(request.user, typed.restore(request, PROFILE)))


@for_everyone
@require_POST
def profile(request: UserRequest) -> HttpResponse:
    """Keep what people say of themselves; it holds from the next page on."""
    form = ProfileForm(request.POST)
    if not form.is_valid() or not (person := _changed(request, form)):
        return _home(request, form, status=422)
    with translation.override(person.language or translation.get_language_from_request(request)):
        messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("accounts:home"))


@for_everyone
@require_POST
def theme(request: UserRequest) -> HttpResponse:
    form = ThemeForm(request.POST, instance=request.user)
    if not form.is_valid():
        return _home(request, ProfileForm.of(request.user), look=form, status=422)
    form.save()
    return HttpResponseRedirect(safe_next(request, reverse("accounts:home")))


@for_everyone
@require_POST
def session_end(request: UserRequest, pk: int) -> HttpResponse:
    """Sign out one other browser of one's own."""
    session = get_object_or_404(UserSession, user=request.user, pk=pk)
    session.end()
    messages.success(request, _("That browser is signed out."))
    return HttpResponseRedirect(reverse("usersessions_list"))


@for_public
def closed(request: HttpRequest, **_rest: str) -> HttpResponse:
    """Pages of allauth that are not for us: people are made by administrators, who also change addresses."""
    raise Http404


def _home(
    request: UserRequest, form: ProfileForm, *, look: ThemeForm | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "look": look or ThemeForm(instance=request.user),
        "house_zone": settings.DEFAULT_TIME_ZONE,
        "has_second_factor": is_mfa_enabled(request.user),
        "browsers": _browsers(request.user),
    }
    return render(request, "accounts/home.html", context, status=status)


def _changed(request: UserRequest, form: ProfileForm) -> User | None:
    """The person as kept, or nothing when a rule refused it; then the form says why."""
    try:
        return change_profile(by=request.user, **form.cleaned_data)
    except InvalidInput as refusal:
        form.add_error(refusal.field, refusal.message)
    return None


def _browsers(person: User) -> int:
    """In how many browsers the person is signed in; this is one of them."""
    alive = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return max(1, UserSession.objects.filter(user=person, session_key__in=alive).count())
