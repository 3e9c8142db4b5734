"""Answers before the form is sent: suggestions while somebody types, “me too”, and “this solved it”."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.errors import InvalidInput
from accounts.http import UserRequest, for_everyone, go
from incidents.portal import actions as portal
from incidents.portal import deflection
from incidents.portal.views.new_ticket import FORM
from incidents.tickets import actions, unsent
from incidents.tickets.models import Ticket
from knowledge.models import Article

MOST_LISTED = 10


@for_everyone
@require_GET
def suggest(request: UserRequest) -> HttpResponse:
    """Known problems and articles under the search box of the home page. Without JavaScript nobody comes here."""
    words = request.GET.get("q", "").strip()[: deflection.LONGEST_TITLE]
    if not request.htmx:
        return redirect(f"{reverse('knowledge:search')}?{urlencode({'q': words})}")
    found = deflection.answers(request.user, title=words)
    return render(request, "portal/_suggestions.html", {"found": found})


@for_everyone
@require_http_methods(["GET", "HEAD", "POST"])
def answers(request: UserRequest) -> HttpResponse:
    """The same beside the form, while it is filled in: POST, since a description is long, and it changes nothing.

    Without JavaScript it is a page to look at before sending; what was typed waits as a draft.
    """
    asked = request.POST if request.method == "POST" else request.GET
    service = asked.get("service", "")
    if request.method == "POST" and not request.htmx:
        if not unsent.keep(request.user, FORM, request.POST):
            raise InvalidInput(
                _("This is too long to be kept. Put the long part into a file."),
                field="description",
            )
        if request.FILES:
            messages.warning(request, _("Files can’t be kept with it: choose them again then."))
        again = {"title": asked.get("title", "")[: deflection.LONGEST_TITLE], "service": service}
        return redirect(f"{reverse('portal:answers')}?{urlencode(again)}")
    found = deflection.answers(
        request.user,
        title=asked.get("title", ""),
        story=asked.get("description", ""),
        service=deflection.service_key(service),
    )
    context: dict[str, Any] = {"nav": "new", "found": found}
    if request.htmx:
        return render(request, "portal/_answers.html", context | {"jumps": True})
    shown = {one.ticket.pk for one in found.incidents}
    known = deflection.known_problems(request.user, most=MOST_LISTED)
    context |= {"known": [one for one in known if one.ticket.pk not in shown], "service": service}
    return render(request, "portal/answers.html", context)


@for_everyone
@require_POST
def ticket_join(request: UserRequest, number: int) -> HttpResponse:
    """“Me too”: on the ticket instead of a report of one's own."""
    ticket = get_object_or_404(Ticket.objects.shared_with(request.user), number=number)
    joined = actions.join(ticket, by=request.user)
    if joined.version > ticket.version:
        messages.success(request, _joined(joined.affected_count))
    if "instead" in request.POST:
        was_begun = unsent.forget(request.user, FORM) or request.POST.get("title", "").strip()
        if was_begun:
            messages.info(request, _("We threw away the report you had begun."))
    return go(request, ticket.get_absolute_url())


@for_everyone
@require_POST
def article_solved(request: UserRequest) -> HttpResponse:
    """“This solved it”: no ticket, and counted."""
    slug = request.POST.get("article", "").replace("\x00", "")
    article = get_object_or_404(Article.objects.readable_by(request.user), slug=slug)
    kept = unsent.restore(request, FORM)
    words = request.POST.get("title") or (kept.text.get("title", "") if kept else "")
    portal.solved(article, by=request.user, words=words)
    unsent.forget(request.user, FORM)
    messages.success(request, _("Glad that helped. Nothing was sent to IT."))
    return go(request, reverse("portal:home"))


def _joined(people: int) -> str:
    return ngettext(
        "You joined. %(people)s person has this, and you get every update here.",
        "You joined. %(people)s people have this, and you get every update here.",
        people,
    ) % {"people": people}
