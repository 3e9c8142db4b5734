"""A person's own account: what we know of them, how they sign in, how pages look."""

from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.forms import ThemeForm
from accounts.http import UserRequest, for_everyone, for_public, safe_next


@for_everyone
@require_GET
def home(request: UserRequest) -> HttpResponse:
    context = {
        "form": ThemeForm(instance=request.user),
        "has_second_factor": is_mfa_enabled(request.user),
    }
    return render(request, "accounts/home.html", context)


@for_everyone
@require_POST
def theme(request: UserRequest) -> HttpResponse:
    form = ThemeForm(request.POST, instance=request.user)
    if not form.is_valid():
        return render(request, "accounts/home.html", {"form": form}, status=422)
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
