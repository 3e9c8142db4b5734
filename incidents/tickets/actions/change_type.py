"""Change what is said about a type, where the open tickets of it can follow."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.errors import InvalidInput
from accounts.models import User
from incidents.tickets.models import Ticket
from incidents.workflow import rulebook
from incidents.workflow.actions import types
from incidents.workflow.models import IncidentType, Workflow
from incidents.workflow.states import OPEN_STATUSES, Status


@transaction.atomic
def change_type(type: IncidentType, *, by: User, **given: Any) -> IncidentType:
    """As `types.change_type`. Another workflow needs a step for every status in which open tickets of the type are.

    Raises:
        NotAllowed, InvalidInput: as that.
        InvalidInput: open tickets would stand nowhere in the new workflow; which ones, and how many.
    """
    before = rulebook.type(type.slug).flow.slug
    changed = types.change_type(type, by=by, **given)
    if changed.workflow.slug != before:
        _require_a_place(changed.slug, changed.workflow)
    return changed


def _require_a_place(kind: str, workflow: Workflow) -> None:
    flow = rulebook.current().flows[workflow.slug]
    lost = [one for one in Status if one in OPEN_STATUSES and not flow.default(one)]
    if not lost:
        return
    found = {
        status: Ticket.objects.filter(type=kind, status=status).order_by().count()
        for status in lost
    }
    told = [
        _("%(status)s: %(n)d") % {"status": status.label, "n": count}
        for status, count in found.items()
        if count
    ]
    if told:
        words = ngettext(
            "%(n)d open ticket of this type has a status that “%(workflow)s” has no step for (%(which)s). Move it on first, or add a step.",
            "%(n)d open tickets of this type have a status that “%(workflow)s” has no step for (%(which)s). Move them on first, or add a step.",
            sum(found.values()),
        )  # fmt: skip
        raise InvalidInput(
            words
            % {
                "n": sum(found.values()),
                "workflow": workflow.label,
                "which": ", ".join(told),
            },
            field="workflow",
        )
