"""Pages of one mail that waits for somebody; and the HTML of one that was taken in."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.bidi import isolated
from accounts.errors import InvalidInput, Refused
from accounts.http import UserRequest, for_agents, for_everyone, go
from accounts.models import User
from incidents.mail import actions, making, markup
from incidents.mail.actions.settle import DECIDABLE, letter_of, may_decide
from incidents.mail.deciding import is_only_unknown, person
from incidents.mail.forms import DiscardForm, JoinForm, LetInForm
from incidents.mail.models import Copied, RawMail
from incidents.mail.reading import Letter
from incidents.tickets import policies
from incidents.tickets.models import Attachment, Message, Ticket
from knowledge.markup import plain_to_html

PAGE = "desk/mail.html"
MOST_SHOWN = 20_000


@for_agents
@require_GET
def mail(request: UserRequest, pk: int) -> HttpResponse:
    return _page(request, _find(request, pk))


@for_agents
@require_POST
def mail_let_in(request: UserRequest, pk: int) -> HttpResponse:
    mail, form = _find(request, pk), LetInForm(request.POST)
    if form.is_valid():
        try:
            ticket = _let_in(mail, form.cleaned_data, by=request.user)
        except InvalidInput as refusal:
            known = refusal.field in ("who", "vouch")
            form.add_error(refusal.field if known else "title", refusal.message)
        else:
            if form.cleaned_data["vouch"]:
                said = _("Mails from %(address)s are let in from now on.")
                messages.success(request, said % {"address": isolated(mail.sender)})
            return go(request, ticket.desk_url)
    return _page(request, mail, let_in=form, status=422)


@transaction.atomic
def _let_in(mail: RawMail, given: dict[str, Any], *, by: User) -> Ticket:
    """And whatever else comes from its sender's address, where that is ticked: both or neither."""
    if given["vouch"]:
        actions.vouch(mail, by=by)
    return actions.let_in(mail, by=by, title=given["title"], requester=given.get("requester"))


@for_agents
@require_POST
def mail_join(request: UserRequest, pk: int) -> HttpResponse:
    mail, form = _find(request, pk), JoinForm(request.POST, by=request.user)
    if form.is_valid():
        ticket, follows = form.cleaned_data["ticket"], form.cleaned_data["follows"]
        try:
            event = actions.join(mail, ticket=ticket, by=request.user, follows=follows)
        except InvalidInput as refusal:
            form.add_error(None, refusal.message)
        else:
            return go(request, f"{event.ticket.desk_url}#event-{event.number}")
    return _page(request, mail, join=form, status=422)


@for_agents
@require_POST
def mail_discard(request: UserRequest, pk: int) -> HttpResponse:
    mail, form = _find(request, pk), DiscardForm(request.POST)
    if form.is_valid():
        actions.discard(mail, by=request.user, why=form.cleaned_data["why"])
        return go(request, request.path.removesuffix("discarding/"))
    return _page(request, mail, discard=form, status=422)


def _find(request: UserRequest, pk: int) -> RawMail:
    seen = RawMail.objects.worked_by(request.user).select_related("mailbox", "ticket", "decided_by")
    return get_object_or_404(seen, pk=pk)


def _page(request: UserRequest, mail: RawMail, *, status: int = 200, **forms: Any) -> HttpResponse:
    letter: Letter | None
    try:
        letter = letter_of(mail)
    except Refused:
        letter = None
    can_decide = letter is not None and mail.state in DECIDABLE and may_decide(request.user, mail)
    is_aside = mail.state == RawMail.State.QUARANTINED and may_decide(request.user, mail)
    meant = mail.ticket if mail.ticket and policies.can_see_as_staff(request.user, mail.ticket) else None  # fmt: skip
    context = {
        "nav": "mail",
        "mail": mail,
        "letter": letter,
        "meant": meant,
        "can_decide": can_decide,
        "is_aside": is_aside,
        "can_retry": is_aside and not mail.is_head_only,
        **(_shown(letter) if letter else {}),
    }
    if is_aside:
        context["discard"] = forms.get("discard") or DiscardForm()
    if can_decide and letter:
        title = making.title_of(letter)
        context |= {
            "let_in": forms.get("let_in") or LetInForm(initial={"title": title}),
            "can_vouch": is_only_unknown(letter, mail.mailbox),
            "join": forms.get("join")
            or JoinForm(by=request.user, initial={"ticket": meant.ref if meant else ""}),
            "discard": forms.get("discard") or DiscardForm(),
        }
    return render(request, PAGE, context, status=status)


def _shown(letter: Letter) -> dict[str, Any]:
    names = [making.clean_name(one.name) for one in letter.files]
    return {
        "sender": person(letter),
        "said": plain_to_html(letter.text[:MOST_SHOWN]),
        "is_cut": len(letter.text) > MOST_SHOWN,
        "names": names,
    }


# Of a ticket ----------------------------------------------------------------------------------------------------------


@for_everyone
@require_GET
def original(request: UserRequest, pk: int) -> HttpResponse:
    """The mail as its sender made it look, as far as that is harmless: nothing runs, and no other host is asked."""
    seen = Message.objects.visible_to(request.user).filter(original__isnull=False, removed_at=None)
    message = get_object_or_404(
        seen.select_related("original", "author", "ticket__team", "ticket__category"), pk=pk
    )
    files = Attachment.objects.visible_to(request.user).filter(message=message)
    ours = {one.token: one.get_absolute_url() for one in files if one.is_picture}
    named = message.original.pictures.items()
    pictures = {cid: ours[token] for cid, token in named if token in ours}
    html, left_out = markup.cleaned(message.original.html, pictures)
    as_staff = policies.can_see_as_staff(request.user, message.ticket)
    ticket = message.ticket
    context = {
        "message": message,
        "html": html,
        "left_out": left_out,
        "back": ticket.desk_url if as_staff else ticket.get_absolute_url(),
    }
    return render(request, "mail/original.html", context)


@for_agents
@require_GET
def copied(request: UserRequest, number: int) -> HttpResponse:
    """Who was in To or Cc of this ticket's mails and could get its updates."""
    ticket = _ticket(request, number)
    can_add = policies.can_work(request.user, ticket)
    people = ticket.copied.filter(state=Copied.State.OPEN) if can_add else ()
    context = {"ticket": ticket, "people": people}
    return render(
        request, "desk/copied.html" if not request.htmx else "desk/copied.html#list", context
    )


@for_agents
@require_POST
def copied_add(request: UserRequest, number: int, pk: int) -> HttpResponse:
    return _decide(request, number, pk, actions.add_copied)


@for_agents
@require_POST
def copied_leave(request: UserRequest, number: int, pk: int) -> HttpResponse:
    return _decide(request, number, pk, actions.leave_copied)


def _decide(request: UserRequest, number: int, pk: int, verb: Any) -> HttpResponse:
    ticket = _ticket(request, number)
    one = get_object_or_404(ticket.copied.all(), pk=pk)
    verb(one, by=request.user)
    return go(request, ticket.desk_url)


def _ticket(request: UserRequest, number: int) -> Ticket:
    seen = Ticket.objects.seen_as_staff_by(request.user).select_related("team", "category")
    return get_object_or_404(seen, number=number)
