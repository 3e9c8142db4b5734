"""What a ticket is tied to: other tickets, people who follow it, articles made from it."""

from collections.abc import Sequence

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.errors import InvalidInput, require
from accounts.http import UserRequest, answer, for_agents, go
from incidents.desk.articles import closed_to, suggested
from incidents.desk.forms import BACK, FollowForm, LinkForm, ticket_number
from incidents.desk.views.ticket import find
from incidents.desk.workspace import Workspace
from incidents.tickets import actions, policies
from incidents.tickets import search as tickets_search
from incidents.tickets.models import Ticket
from knowledge import search
from knowledge.marks import without_comments
from knowledge.models import Article

PAGE, CHOICE = "desk/related.html", "desk/_article_choice.html"
MOST_ARTICLES = 8
MOST_FOUND = 6
LONGEST_QUESTION = 200


@for_agents
@require_POST
def ticket_link(request: UserRequest, number: int) -> HttpResponse:
    """Tie the ticket to another one that this person sees."""
    space = Workspace(find(request, number), request.user)
    require(space.can_work, _("You may not link this ticket."))
    form = LinkForm(request.POST, auto_id="id_link_%s")
    if form.is_valid():
        other = _seen(request, form.cleaned_data["other"])
        try:
            if other is None:
                form.add_error("number", _("There is no ticket of this number that you can see."))
            else:
                _link(request, space.ticket, other, form)
                return _done(request, number)
        except InvalidInput as refusal:
            form.add_error("number", refusal.message)
    elif form.words:
        hits = tickets_search.find(form.words, user=request.user, limit=MOST_FOUND + 1).hits
        keys = [hit.pk for hit in hits if hit.pk != space.ticket.pk][:MOST_FOUND]
        found = Ticket.objects.seen_as_staff_by(request.user).for_queue_table().in_bulk(keys)
        form.found = [found[key] for key in keys if key in found]
    return _again(request, space, link_form=form)


@for_agents
@require_POST
def ticket_unlink(request: UserRequest, number: int) -> HttpResponse:
    """Remove a link, whichever of the two tickets it was made from."""
    ticket = find(request, number)
    require(policies.can_work(request.user, ticket), _("You may not unlink this ticket."))
    seen = Ticket.objects.seen_as_staff_by(request.user)
    other = get_object_or_404(seen, number=ticket_number(request.POST.get("number", "")))
    ends = (other, ticket) if request.POST.get("back") else (ticket, other)
    actions.unlink(ends[0], to=ends[1], kind=request.POST.get("kind", ""), by=request.user)
    return _done(request, number)


@for_agents
@require_POST
def ticket_follow(request: UserRequest, number: int) -> HttpResponse:
    space = Workspace(find(request, number), request.user)
    require(space.can_work, _("You may not add people to this ticket."))
    form = FollowForm(request.POST, auto_id="id_follow_%s")
    if form.is_valid():
        actions.follow(space.ticket, who=form.cleaned_data["one"], by=request.user)
        return _done(request, number)
    return _again(request, space, follow_form=form)


@for_agents
@require_POST
def ticket_unfollow(request: UserRequest, number: int, pk: int) -> HttpResponse:
    ticket = find(request, number)
    actions.unfollow(ticket, who=get_object_or_404(ticket.followers, pk=pk), by=request.user)
    return _done(request, number)


@for_agents
@require_POST
def ticket_article(request: UserRequest, number: int) -> HttpResponse:
    """“Write an article from this”: a draft with what was wrong and what fixed it, opened for writing."""
    article = actions.draft_article(find(request, number), by=request.user)
    return go(request, reverse("knowledge:edit", args=[article.slug]))


@for_agents
@require_GET
def articles(request: UserRequest) -> HttpResponse:
    """Articles to put into a reply, found while the agent types; before they do, what may help with the `ticket`."""
    words = request.GET.get("q", "").strip()[:LONGEST_QUESTION]
    number = ticket_number(request.GET.get("ticket", ""))
    ticket = find(request, number) if number is not None else None
    hits: Sequence[search.Hit] = ()
    if words:
        hits = search.find(words, user=request.user, limit=MOST_ARTICLES).hits
    elif ticket:
        hits = suggested(ticket, request.user)
    closed = closed_to(ticket.requester, hits) if ticket else set()
    context = {"words": words, "hits": hits, "closed": closed, "site_url": settings.SITE_URL}
    return render(request, "desk/_articles.html", context)


@for_agents
@require_GET
def article_text(request: UserRequest, slug: str) -> HttpResponse:
    """What an article says to its readers, to be put into a reply."""
    article = get_object_or_404(Article.objects.readable_by(request.user), slug=slug)
    said = without_comments(article.body).strip("\n")
    return HttpResponse(said + "\n", content_type="text/plain; charset=utf-8")


@for_agents
@require_GET
def ticket_articles(request: UserRequest, number: int) -> HttpResponse:
    """Articles that may have solved it, to choose from: found by what is typed, or by the ticket's own words."""
    ticket = find(request, number)
    words = request.GET.get("article_words", "").strip()[:LONGEST_QUESTION]
    hits = (
        search.find(words, user=request.user, limit=MOST_ARTICLES).hits
        if words
        else suggested(ticket, request.user)
    )
    context = {"words": words, "hits": hits, "ticket": ticket, "nav": "queue", "queue": ticket.team}
    return render(request, CHOICE if request.htmx else "desk/ticket_articles.html", context)


@for_agents
@require_GET
def ticket_helpful(request: UserRequest, number: int) -> HttpResponse:
    """Articles that may help with an open ticket, beside it: to read, and to put into the reply."""
    ticket = find(request, number)
    hits = suggested(ticket, request.user) if ticket.is_open else ()
    context = {
        "hits": hits,
        "closed": closed_to(ticket.requester, hits),
        "can_work": policies.can_work(request.user, ticket),
        "site_url": settings.SITE_URL,
        "ticket": ticket,
        "nav": "queue",
        "queue": ticket.team,
    }
    template = "desk/ticket_articles.html"
    return render(request, f"{template}#helpful" if request.htmx else template, context)


@for_agents
@require_GET
def article_choice(request: UserRequest) -> HttpResponse:
    """The same where there is no ticket yet, or many: found by what is typed, or by the `title` that the ticket gets."""
    typed, title = (
        request.GET.get(name, "").replace("\x00", "").strip()[:LONGEST_QUESTION]
        for name in ("article_words", "title")
    )
    words = typed or title
    hits = search.find(words, user=request.user, limit=MOST_ARTICLES).hits if words else ()
    context = {"words": typed, "hits": hits, "nav": "queue"}
    return render(request, CHOICE if request.htmx else "desk/article_choice.html", context)


@for_agents
@require_GET
def tickets(request: UserRequest) -> HttpResponse:
    """Tickets to name in a text, by number or words, among those that this person sees as staff."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_QUESTION]
    rows: list[Ticket] = []
    if (number := ticket_number(words)) is not None:
        rows = [one for one in [_seen(request, number)] if one]
    elif words:
        hits = tickets_search.find(words, user=request.user, limit=2 * MOST_ARTICLES).hits
        mine = Ticket.objects.seen_as_staff_by(request.user)  # search finds one's own, too
        rows = list(mine.filter(pk__in=[hit.pk for hit in hits])[:MOST_ARTICLES])
    return render(request, "desk/_tickets.html", {"words": words, "rows": rows})


def _link(request: UserRequest, ticket: Ticket, other: Ticket, form: LinkForm) -> None:
    kind, back, _rest = form.cleaned_data["kind"].partition(BACK)
    one, to = (other, ticket) if back else (ticket, other)
    synced = form.cleaned_data["is_synced"]
    actions.link(one, to=to, kind=kind, by=request.user, is_synced=synced)


def _seen(request: UserRequest, number: int) -> Ticket | None:
    return Ticket.objects.seen_as_staff_by(request.user).filter(number=number).first()


def _done(request: UserRequest, number: int) -> HttpResponse:
    space = Workspace(find(request, number), request.user)
    context = {"space": space, "ticket": space.ticket}
    return answer(request, f"{PAGE}#related", context, or_go_to=_url(number))


def _again(
    request: UserRequest,
    space: Workspace,
    *,
    link_form: LinkForm | None = None,
    follow_form: FollowForm | None = None,
) -> HttpResponse:
    """The part with the form that could not be used, and why."""
    space.link_form = link_form or space.link_form
    space.follow_form = follow_form or space.follow_form
    template = f"{PAGE}#related" if request.htmx else PAGE
    context = {"space": space, "ticket": space.ticket, "nav": "queue", "queue": space.ticket.team}
    return render(request, template, context, status=422)


def _url(number: int) -> str:
    return reverse("desk:ticket-related", args=[number])
