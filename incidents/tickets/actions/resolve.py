"""Service is restored (resolve, ours to say), and it is agreed (confirm, the requester's)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, require
from accounts.files import Upload
from accounts.models import User
from incidents.tickets import policies
from incidents.tickets.actions import required, steps
from incidents.tickets.actions.effects import follow_on
from incidents.tickets.actions.record import record
from incidents.tickets.actions.spread import Spread
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Message, Ticket
from incidents.workflow.states import Resolution, Status
from knowledge.models import Article


@transaction.atomic
def resolve(
    ticket: Ticket,
    text: str,
    *,
    code: str,
    by: User,
    to: str = "",
    files: Sequence[Upload] = (),
    article: Article | None = None,
    expected: int | None = None,
    seen: int | None = None,
    key: str = "",
    at: datetime | None = None,
    origin: str = Ticket.Origin.DESK,
    also_merged: bool = False,
    also_parts: bool = True,
) -> Ticket:
    """Say what restored the service. The requester reads `text` and is asked to check. `to`: which step, if several.

    Its parts that are linked so (`Link.is_synced`), are open and that `by` works on are resolved with the same words.
    Everybody is told once, on whichever of these tickets. Reopening it later reopens no part.
    `article`: it said how, and is counted for that.
    `also_merged`: the words reach the requesters of merged tickets, too. `also_parts`: false leaves its parts as they are.

    Raises:
        NotAllowed: `by` may not work on this ticket.
        IllegalTransition: it is resolved or closed already, or its workflow does not lead there from here.
        NotFilledIn: the workflow asks for something first.
        TasksLeft: its type asks for something that is not done yet. Parts of which something is asked stay open.
        InvalidInput: text or code is missing, or `by` does not find this article.
        EditConflict: the status changed after version `expected`.
        Overtaken: somebody else spoke since version `seen`.
    """
    at = at or timezone.now()
    spread = Spread(ticket, to_merged=also_merged, to_parts=also_parts)
    ticket = spread.ticket
    steps.require_unmerged(ticket, by)
    require(policies.can_work(by, ticket), _("You may not resolve this ticket."))
    if code not in Resolution.values:
        raise InvalidInput(_("Choose how it was resolved."), field="code")
    text = steps.written(text)
    if article and not Article.objects.readable_by(by).filter(pk=article.pk).exists():
        raise InvalidInput(_("There is no such article for you."), field="article")

    def do() -> Event:
        steps.require_fresh(
            ticket, expected, Kind.STATUS_CHANGED, Kind.RESOLVED, Kind.REOPENED, Kind.CLOSED
        )
        steps.require_heard(ticket, seen, by=by)
        way = steps.require_transition(ticket, to or Status.RESOLVED, by=by, origin=origin)
        if way.there.status != Status.RESOLVED:
            raise IllegalTransition(_("That step does not resolve the ticket."))
        if origin != Ticket.Origin.IMPORT:
            required.require_done(ticket)
        said = steps.say(ticket, Message.Kind.RESOLUTION, text, by=by, files=files, at=at)
        outcome = {"resolution_code": str(code), "resolved_at": at}
        changes = {**steps.stand(ticket, way), **outcome}
        if article or ticket.solved_with_id:
            changes["solved_with_id"] = article.pk if article else None
        parts = spread.parts_for(by)
        if parts:
            said["parts"] = [one.number for one in parts]
        resolved = record(
            ticket, Kind.RESOLVED, by=by, changes=changes, at=at, origin=origin,
            by_staff=True, **said,
        )  # fmt: skip
        follow_on(ticket, way, at=at, origin=origin)
        solved = {name: value for name, value in changes.items() if name == "solved_with_id"}
        spread.resolve(parts, text, {**outcome, **solved}, files=files, by=by, at=at)
        spread.reply(text, files=files, by=by, at=at)
        return resolved

    return steps.once(
        key,
        by=by,
        of=("resolve", ticket.pk, to, code, text, article and article.pk, *steps.marks(files)),
        do=do,
    ).ticket


@transaction.atomic
def confirm(
    ticket: Ticket, *, by: User, at: datetime | None = None, origin: str = Ticket.Origin.PORTAL
) -> Ticket:
    """“Yes, it works again”: close a resolved ticket. Confirming a closed one changes and records nothing.

    Raises:
        NotAllowed: `by` is neither requester nor reporter.
        IllegalTransition: the ticket is not resolved.
    """
    ticket = steps.lock(ticket, by=by)
    require(
        policies.can_confirm(by, ticket),
        _("Only the person who has the problem can confirm that it is solved."),
    )
    if ticket.is_closed:
        return ticket
    if not ticket.is_resolved:
        raise IllegalTransition(_("This ticket is not solved yet, so there is nothing to confirm."))
    at = at or timezone.now()
    way = steps.require_transition(ticket, Status.CLOSED, by=by, origin=origin)
    changes = {**steps.stand(ticket, way), "closed_at": at}
    record(ticket, Kind.CLOSED, by=by, changes=changes, at=at, origin=origin)
    follow_on(ticket, way, at=at, origin=origin)
    return ticket
