"""Mail that came in: held, set aside, waiting, made nothing of, or taken."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts import paging
from accounts.digits import whole
from accounts.errors import require
from accounts.http import UserRequest, for_agents, go, safe_next
from accounts.models import User
from accounts.permissions import Permission
from incidents.desk.sidebar import shown, undecided_mail_of
from incidents.mail import actions
from incidents.mail.models import Mailbox, RawMail
from incidents.tickets.models import COUNT_CAP

State = RawMail.State
TABS = {
    State.HELD: gettext_lazy("Held"),
    State.QUARANTINED: gettext_lazy("Quarantined"),
    State.WAITING: gettext_lazy("Waiting"),
    State.IGNORED: gettext_lazy("Ignored"),
    State.TAKEN: gettext_lazy("Taken"),
}
ABOUT = {
    State.HELD: gettext_lazy("Somebody decides whether these become tickets."),
    State.QUARANTINED: gettext_lazy(
        "These could not be worked through. Each can be tried again or discarded."
    ),
    State.WAITING: gettext_lazy("These are being worked through, or are tried again in a moment."),
    State.IGNORED: gettext_lazy(
        "Bounces, automatic mail, and what was discarded. Nothing was made of these."
    ),
    State.TAKEN: gettext_lazy("These became tickets, or words on one."),
}
NOTHING = {
    State.HELD: gettext_lazy("No mail waits for a decision."),
    State.QUARANTINED: gettext_lazy("No mail was set aside."),
    State.WAITING: gettext_lazy("All mail was worked through."),
    State.IGNORED: gettext_lazy("No mail was ignored lately."),
    State.TAKEN: gettext_lazy("No mail became a ticket yet."),
}
UNDECIDED = (State.HELD, State.QUARANTINED)
A_PAGE = 30


@for_agents
@require_GET
def mails(request: UserRequest) -> HttpResponse:
    """One tab of the list, newest first."""
    permits = request.user.permits
    require(
        permits.anywhere(Permission.TICKETS_WORK, Permission.CHANNELS_MANAGE),
        _("Mail that waits is for people who work on tickets."),
    )
    boxes = list(Mailbox.objects.worked_by(request.user).order_by("name", "pk"))
    state, box = request.GET.get("state", State.HELD), request.GET.get("mailbox", "")
    if state not in TABS or (box and box not in {one.slug for one in boxes}):
        raise BadRequest("no such list")
    found = (
        RawMail.objects.worked_by(request.user)
        .filter(state=state)
        .select_related("mailbox", "ticket")
    )
    if box:
        found = found.filter(mailbox__slug=box)
    page = paging.page(found, ("-id",), request.GET.get("after", ""), A_PAGE)
    context: dict[str, Any] = {
        "nav": "mail", "tabs": _tabs(request.user, box), "state": state, "about": ABOUT[State(state)], "nothing": NOTHING[State(state)], "box": box, "boxes": boxes,
        "rows": page.rows, "next": page.next,
        "can_discard": state in UNDECIDED and permits.anywhere(Permission.TICKETS_WORK),
    }  # fmt: skip
    return render(request, "desk/mails.html", context)


@for_agents
@require_POST
def mails_discard(request: UserRequest) -> HttpResponse:
    """Make nothing of those that were ticked. What a colleague decided meanwhile stays as they decided it."""
    require(
        request.user.permits.anywhere(Permission.TICKETS_WORK),
        _("You may not decide on mail of this mailbox."),
    )
    ticked = [pk for given in request.POST.getlist("mail")[:A_PAGE] if (pk := whole(given, 18))]
    done = _discard(request.user, ticked)
    if done:
        said = ngettext("%(n)d mail was discarded.", "%(n)d mails were discarded.", done)
        messages.success(request, said % {"n": done})
    else:
        messages.warning(request, _("No mail was discarded. Tick those that nothing is to be made of."))  # fmt: skip
    return go(request, safe_next(request, reverse("desk:mails")))


@transaction.atomic
def _discard(by: User, keys: list[int]) -> int:
    seen = RawMail.objects.worked_by(by).filter(pk__in=keys, state__in=UNDECIDED)
    found = list(seen.select_for_update(of=("self",)).order_by("pk"))
    for mail in found:
        actions.discard(mail, by=by)
    return len(found)


def _tabs(user: User, box: str) -> list[tuple[str, Any, str]]:
    """Each with how many there are, where somebody has to decide; together as many as the sidebar says."""
    found = undecided_mail_of(user)
    if box:
        found = found.filter(mailbox__slug=box)

    def count(state: State) -> str:
        many = found.filter(state=state).values("pk")[: COUNT_CAP + 1].count()
        return shown(many) if many else ""

    return [(state, label, count(state) if state in UNDECIDED else "") for state, label in TABS.items()]  # fmt: skip
