"""Mail that came in: held, set aside, waiting, made nothing of, or taken."""

from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts import paging
from accounts.errors import require
from accounts.http import UserRequest, for_agents
from accounts.permissions import Permission
from incidents.mail.models import Mailbox, RawMail

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
        "nav": "mail", "tabs": TABS.items(), "state": state, "about": ABOUT[State(state)], "nothing": NOTHING[State(state)], "box": box, "boxes": boxes,
        "rows": page.rows, "next": page.next,
    }  # fmt: skip
    return render(request, "desk/mails.html", context)
