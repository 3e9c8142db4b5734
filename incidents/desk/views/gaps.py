"""Gaps of the knowledge base: what people look for and report that no article answers."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.errors import require
from accounts.http import UserRequest, for_editors, go
from incidents.desk import articles, closing_gaps, gaps
from incidents.desk.models import Gap
from knowledge import policies


@for_editors
@require_GET
def gap_list(request: UserRequest) -> HttpResponse:
    latest = Gap.objects.order_by("-found_at").values_list("found_at", flat=True).first()
    context = {"nav": "kb", "gaps": gaps.shown_to(request.user), "looked_at": latest}
    return render(request, "desk/gaps.html", context)


@for_editors
@require_POST
def gaps_look(request: UserRequest) -> HttpResponse:
    """Look again now; it is done every night."""
    require(policies.can_publish(request.user), _("Only those who publish look anew."))
    gaps.look(timezone.now())
    return go(request, reverse("desk:gaps"))


@for_editors
@require_POST
def gap_write(request: UserRequest, pk: int) -> HttpResponse:
    """“Write this”: a draft that begins with the words people used; the one that is there, if it was written already."""
    article = closing_gaps.written_up(pk, by=request.user)
    article = article or closing_gaps.write(_find(request, pk), by=request.user)
    return go(request, reverse("knowledge:edit", args=[article.slug]))


@for_editors
@require_POST
def gap_words(request: UserRequest, pk: int) -> HttpResponse:
    """“Add synonym”: the words, as tags in a newer draft of an article that is there, to be looked at and published."""
    article = articles.named(request.POST.get("article", "")[:300], by=request.user)
    saved = closing_gaps.give_words(_find(request, pk), article, by=request.user)
    words = _("“%(title)s” has these words in its newer draft: they count once it is published.")
    messages.success(request, words % {"title": saved.title})
    return go(request, reverse("knowledge:edit", args=[saved.slug]))


@for_editors
@require_POST
def gap_close(request: UserRequest, pk: int) -> HttpResponse:
    """“Not needed”."""
    closing_gaps.close(_find(request, pk), by=request.user)
    messages.success(request, _("We won’t ask for this again."))
    return go(request, reverse("desk:gaps"))


def _find(request: UserRequest, pk: int) -> gaps.Shown:
    shown = gaps.one_for(request.user, pk)
    if shown is None:
        raise Http404
    return shown
