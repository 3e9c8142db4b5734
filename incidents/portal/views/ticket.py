"""One ticket as its requester, reporter and followers see it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.errors import InvalidInput, KeyReused
from accounts.http import UserRequest, answer, for_everyone, go
from incidents.live import topics
from incidents.portal import deflection, mine, promises, ratings
from incidents.portal.forms import FollowerForm, ReplyForm
from incidents.tickets import (
    actions,
    merged,
    policies,
    questions,
    timeline,
    unsent,
    ways,
)
from incidents.tickets.models import Ticket
from incidents.workflow import rulebook
from incidents.workflow.states import OPEN_STATUSES, Status

PAGE = "portal/ticket.html"


@for_everyone
@require_GET
def ticket(request: UserRequest, number: int) -> HttpResponse:
    return _page(request, _find(request, number))


@for_everyone
@require_GET
def ticket_live(request: UserRequest, number: int) -> HttpResponse:
    """The parts of the page that change by themselves; nothing when the page has this version."""
    ticket = _find(request, number)
    if request.GET.get("version") == str(ticket.public_version):
        return HttpResponse(status=204)
    return render(request, f"{PAGE}#live", {"ticket": ticket, **_parts(request, ticket)})


@for_everyone
@require_POST
def ticket_reply(request: UserRequest, number: int) -> HttpResponse:
    return _say(request, number, actions.reply)


@for_everyone
@require_POST
def ticket_reopen(request: UserRequest, number: int) -> HttpResponse:
    """“No, still broken”, with what is still wrong."""
    return _say(request, number, actions.reopen)


@for_everyone
@require_POST
def ticket_confirm(request: UserRequest, number: int) -> HttpResponse:
    """“Yes, it works again.”"""
    ticket = actions.confirm(_find(request, number), by=request.user)
    return _done(request, ticket.number, f"{PAGE}#live")


@for_everyone
@require_POST
def ticket_withdraw(request: UserRequest, number: int) -> HttpResponse:
    """“I no longer need this.”"""
    ticket, sent = _find(request, number), request.POST
    reason, key = sent.get("reason", ""), sent.get("key", "")
    actions.withdraw(ticket, by=request.user, reason=reason, key=key)
    unsent.forget(request.user, _draft(ticket))
    return go(request, ticket.get_absolute_url())


@for_everyone
@require_POST
def ticket_read(request: UserRequest, number: int) -> HttpResponse:
    """The page says how far it was seen; it is not asked for by a GET, which changes nothing."""
    ticket, version = _find(request, number), request.POST.get("version", "")
    if version.isdecimal():
        actions.read(ticket, by=request.user, version=int(version[:9]))
    if request.htmx:
        return HttpResponse(status=204)
    return go(request, ticket.get_absolute_url())


@for_everyone
@require_GET
def ticket_print(request: UserRequest, number: int) -> HttpResponse:
    """The ticket on paper: facts and conversation, nothing to press."""
    ticket = _find(request, number)
    context = {"ticket": ticket, **_parts(request, ticket)}
    return render(request, "portal/ticket/print.html", context)


@for_everyone
@require_POST
def ticket_follow(request: UserRequest, number: int) -> HttpResponse:
    ticket = _find(request, number)
    form = FollowerForm(request.POST, by=request.user)
    if form.is_valid():
        actions.follow(ticket, who=form.cleaned_data["colleague"], by=request.user)
        return _done(
            request, number, f"{PAGE}#followed", adding=FollowerForm(by=request.user), again=True
        )
    if request.htmx:
        return render(
            request, f"{PAGE}#add-follower", {"ticket": ticket, "adding": form}, status=422
        )
    return _page(request, ticket, adding=form, status=422)


@for_everyone
@require_POST
def ticket_unfollow(request: UserRequest, number: int, pk: int) -> HttpResponse:
    ticket = _find(request, number)
    colleague = get_object_or_404(deflection.chosen_followers(ticket, besides=request.user), pk=pk)
    actions.unfollow(ticket, who=colleague, by=request.user)
    if not policies.can_see(request.user, ticket):
        return go(request, reverse("portal:tickets"))
    return _done(request, number, f"{PAGE}#live")


def _find(request: UserRequest, number: int) -> Ticket:
    found: Any = get_object_or_404(
        Ticket.objects.visible_to(request.user).for_page(), number=number
    )
    rulebook.learn(found.rules)
    return found  # type: ignore[no-any-return]  # annotated


def _say(request: UserRequest, number: int, verb: Any) -> HttpResponse:
    ticket = _find(request, number)
    form = ReplyForm(request.POST, request.FILES)
    if form.is_valid() and _said(request, ticket, form, verb):
        unsent.forget(request.user, _draft(ticket))
        return _done(request, number, f"{PAGE}#said", form=ReplyForm(), again=True)
    if request.htmx:
        context = {"ticket": ticket, "form": form, **_rights(request, ticket)}
        return render(request, f"{PAGE}#composer", context, status=422)
    return _page(request, ticket, form=form, status=422)


def _said(request: UserRequest, ticket: Ticket, form: ReplyForm, verb: Any) -> bool:
    """Done, or refused for something that can be put right in the form, which then says so."""
    text, files = form.cleaned_data["body"], form.cleaned_data["files"]
    try:
        verb(ticket, text, by=request.user, files=files, key=request.POST.get("key", ""))
    except InvalidInput as refusal:
        form.add_error("body", refusal.message)
    except KeyReused:
        form.add_error(
            "body", _("You already sent this with other words. Send it again to add this, too.")
        )
    return form.is_valid()


def _done(request: UserRequest, number: int, partial: str, **context: Any) -> HttpResponse:
    """The page's parts as they are now, or without JavaScript the page."""
    ticket = _find(request, number)
    if request.htmx:
        context |= {"ticket": ticket, **_parts(request, ticket)}
    return answer(request, partial, context, or_go_to=ticket.get_absolute_url())


def _draft(ticket: Ticket) -> str:
    return f"reply:{ticket.ref}"


def _page(
    request: UserRequest,
    ticket: Ticket,
    *,
    form: ReplyForm | None = None,
    adding: FollowerForm | None = None,
    status: int = 200,
) -> HttpResponse:
    given_up = f"withdraw:{ticket.ref}"
    found = unsent.restore_all(request, [_draft(ticket), given_up])
    kept = None if form else found.get(_draft(ticket))
    context = {
        "nav": "tickets",
        "ticket": ticket,
        "form": form or ReplyForm(initial=dict(kept.text) if kept else None),
        "kept": kept,
        "reason": found[given_up].text.get("reason", "") if given_up in found else "",
        "adding": adding or FollowerForm(by=request.user),
        "live": topics.sign(request.user, [f"ticket:{ticket.number}"]),
        **_parts(request, ticket),
    }
    return render(request, PAGE, context, status=status)


def _parts(request: UserRequest, ticket: Ticket) -> dict[str, Any]:
    """What the parts that change by themselves show."""
    user = request.user
    entries = timeline.for_requester(ticket, user)
    spoken = [entry.message for entry in entries if entry.message]
    followers = list(deflection.chosen_followers(ticket))
    others = deflection.affected(user, ticket)
    rights = _rights(request, ticket)
    is_on_it = rights["is_party"] or others["has_joined"] or user in followers
    before, after = mine.connected(ticket, user)
    return {
        "entries": entries,
        "files": [file for said in spoken for file in said.attachments_list],  # type: ignore[attr-defined]
        "answers": questions.shown(ticket),
        "steps": timeline.steps(ticket, user),
        "asking": ratings.card(request, ticket),
        "expected": promises.of(ticket, now=timezone.localtime(), is_theirs=rights["is_party"]),
        "closes": _closes(ticket),
        "followers": followers,
        "follow_up_of": before,
        "follow_ups": after,
        "is_on_it": is_on_it,
        "is_colleague": not is_on_it
        and not rights["is_staff_side"]
        and policies.is_colleague(user, ticket),
        **others,
        **rights,
    }


def _closes(ticket: Ticket) -> str:
    """When it is closed unless they write; empty where that was not announced."""
    if ticket.closes_at is None:
        return ""
    waits = ticket.status == Status.WAITING_REQUESTER
    return timeline.closes_unless(timezone.localtime(ticket.closes_at), is_asked=waits)


def _rights(request: UserRequest, ticket: Ticket) -> dict[str, bool]:
    user = request.user
    leads = {way.there.status for way in ways.open_to(user, ticket)}
    can_reopen = (
        ticket.is_resolved
        and not OPEN_STATUSES.isdisjoint(leads)
        and policies.can_still_reopen(user, ticket, at=timezone.now())
    )
    can_close = Status.CLOSED in leads
    ended = merged.is_over(ticket)
    is_over = ended or (ticket.is_resolved and not can_reopen)
    return {
        "can_reply": not ended and policies.can_reply(user, ticket),
        "can_confirm": can_close and ticket.is_resolved and policies.can_confirm(user, ticket),
        "can_reopen": can_reopen,
        "can_follow_up": is_over and policies.can_follow_up(user, ticket),
        "can_withdraw": can_close and ticket.is_open and policies.can_withdraw(user, ticket),
        "can_add": not ticket.merged_into_id and policies.can_add_followers(user, ticket),
        "is_party": policies.is_party(user, ticket),
        "is_staff_side": policies.can_see_as_staff(user, ticket),
    }
