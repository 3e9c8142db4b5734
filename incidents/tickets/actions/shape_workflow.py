"""Save a changed workflow, and bring along the open tickets that stand on what is no longer there."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actions.record import record_changed
from accounts.errors import EditConflict
from accounts.models import User
from incidents.tickets import places
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.kinds import Kind
from incidents.tickets.models import COUNT_CAP, Ticket, TicketQuerySet
from incidents.workflow import checks, rulebook
from incidents.workflow.actions import workflows
from incidents.workflow.errors import Unsound
from incidents.workflow.models import Workflow
from incidents.workflow.rulebook import Flow, Place

MOST_MOVED = COUNT_CAP
"""In one transaction; what is more is moved by a bulk change first."""


@dataclass(frozen=True)
class Touched:
    """Open tickets on one step, and what becomes of them. `there` is none while nobody said where they go."""

    here: Place
    there: Place | None
    tickets: TicketQuerySet
    count: int

    @property
    def stays(self) -> bool:
        """At the same step, which is just no longer the usual one."""
        return self.there is not None and self.there.slug == self.here.slug


@transaction.atomic
def shape_workflow(
    workflow: Workflow,
    draft: Flow,
    *,
    by: User,
    moves: Mapping[str, str] | None = None,
    expected: str = "",
) -> int:
    """Make the workflow what the draft says, all of it or nothing. How many tickets were moved.

    `moves`: for each removed step on which open tickets stand, the step where they go. Each is moved by an event of
    its own. `expected`: the mark (`mark_of`) of the workflow on which the draft is based.

    Raises:
        NotAllowed: `by` does not manage processes.
        Unsound: the draft does not hold together, or tickets would be left standing nowhere.
        EditConflict: somebody changed the workflow meanwhile.
    """
    workflows.require_manager(by)
    workflow = Workflow.objects.select_for_update().get(pk=workflow.pk)
    before = rulebook.current().flows[workflow.slug]
    if expected and expected != mark_of(before):
        raise EditConflict(_("Somebody changed this workflow meanwhile. Look at it anew."))
    affected = touched(before, draft, moves or {})
    _require_a_place(affected, draft)
    held = {one.here.slug: _keys(one) for one in affected}
    workflows.write(workflow, draft)
    after = rulebook.current().flows[workflow.slug]
    was, now = workflows.as_logged(before), workflows.as_logged(after)
    record_changed(workflow, by=by, before=was, after=now)
    locked = steps.lock_all(key for keys in held.values() for key in keys)
    return sum(
        _bring(
            [locked[key] for key in held[one.here.slug] if key in locked],
            one,
            _same(one.there, draft, after),
            by=by,
        )
        for one in affected
        if one.there
    )


def touched(before: Flow, draft: Flow, moves: Mapping[str, str]) -> list[Touched]:
    """The steps that go, or are no longer the usual ones, on which open tickets stand."""
    found = []
    for here in before.places:
        if not here.is_open:
            continue
        now = draft.place(here.slug)
        if now is None:
            there = draft.place(moves.get(here.slug, ""))
        elif here.is_default and not now.is_default:
            there = now
        else:
            continue
        tickets = standing_at(before, here)
        if now is not None:  # those that name the step stay without further ado
            tickets = tickets.exclude(step=here.slug)
        if count := tickets.order_by()[: MOST_MOVED + 1].count():
            found.append(Touched(here, there, tickets, count))
    return found


def standing_at(flow: Flow, place: Place) -> TicketQuerySet:
    """Open tickets at this step, of all types that use the workflow."""
    return Ticket.objects.open().filter(places.at(flow, [place]))


def mark_of(flow: Flow) -> str:
    """Tells one state of a workflow from another."""
    return steps.fingerprint(repr(flow))[:16]


def _require_a_place(affected: list[Touched], draft: Flow) -> None:
    found = []
    for one in affected:
        where = _("Step “%(name)s”") % {"name": one.here.label}
        if one.there is None or not one.there.is_open:
            words = ngettext(
                "%(n)d open ticket stands there. Choose where it goes.",
                "%(n)d open tickets stand there. Choose where they go.",
                one.count,
            )
            found.append(checks.Fault(where, words % {"n": one.count}, step=one.here.slug))
        elif one.count > MOST_MOVED:
            words = _("More than %(most)d open tickets stand there. Move most of them by a bulk change first.")  # fmt: skip
            found.append(checks.Fault(where, words % {"most": MOST_MOVED}, step=one.here.slug))
    if found:
        raise Unsound([*checks.faults(draft), *found])


def _keys(one: Touched) -> list[int]:
    return list(one.tickets.order_by("pk").values_list("pk", flat=True))


def _same(place: Place | None, draft: Flow, after: Flow) -> Place:
    """The step of the draft as it was kept: new ones have got their slug by now."""
    assert place is not None  # noqa: S101 (for the type checker)
    return after.places[draft.places.index(place)]


def _bring(tickets: list[Ticket], one: Touched, there: Place, *, by: User) -> int:
    """Tickets that are held. What somebody moved on or resolved in this moment is left alone."""
    moved = 0
    for ticket in tickets:
        if not ticket.is_open or ticket.status != one.here.status:
            continue
        if ticket.step not in {"", one.here.slug}:
            continue
        step = "" if there.is_default else there.slug
        changes = {"status": there.status.value}
        if step != ticket.step:
            changes["step"] = step
        told = there.status != one.here.status or there.outside_name != one.here.outside_name
        record(
            ticket, Kind.STATUS_CHANGED, by=by, changes=changes, public=told,
            origin=Ticket.Origin.DESK, reshaped=True,
        )  # fmt: skip
        moved += 1
    return moved
