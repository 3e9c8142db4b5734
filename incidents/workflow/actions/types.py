"""Incident types: add, change, order, retire, restore. None is ever removed, since old tickets name it."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.record import record_added, record_changed, snapshot
from accounts.errors import InvalidInput, Refused, require
from accounts.models import User
from accounts.permissions import EXPLAINED, Permission
from accounts.slugs import free_slug
from incidents.workflow import rulebook
from incidents.workflow.models import IncidentType, Matrix, Workflow

MOST_TASKS = 20
LONGEST_TASK = 200
SETTABLE = (
    "name", "description", "workflow", "matrix", "set_by", "tasks", "review", "closes_by_itself",
)  # fmt: skip
"""What may change about a type that is there. Its nature stays: tickets were offered, or not, by it."""


@transaction.atomic
def add_type(*, by: User, nature: str, **given: Any) -> IncidentType:
    """Make a type, the last one in the list.

    Raises:
        NotAllowed: `by` may not manage process.
        InvalidInput: there is no name, another type has it, or something of it can't be.
    """
    _require(by)
    if nature not in IncidentType.Nature.values:
        raise InvalidInput(_("Say whether something is broken."), field="nature")
    types = list(IncidentType.objects.select_for_update())
    values = _cleaned(given, types)
    made = IncidentType.objects.create(
        **values,
        nature=nature,
        slug=free_slug(IncidentType, values["name"]),
        position=max((one.position for one in types), default=0) + 1,
    )
    record_added(made, by=by)
    rulebook.renew()
    return made


@transaction.atomic
def change_type(type: IncidentType, *, by: User, **given: Any) -> IncidentType:
    """Change what is said about a type. Tickets follow, since they name the type, not its words.

    Raises: as `add_type`.
    """
    _require(by)
    types = list(IncidentType.objects.select_for_update())
    row = next(one for one in types if one.pk == type.pk)
    before = snapshot(row)
    values = _cleaned(given, types, but=row)
    if row.is_seeded and values["name"] in {row.name, row.label}:
        values["name"] = row.name  # in every reader's language, as before
    else:
        row.is_seeded = False
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    if record_changed(row, by=by, before=before):
        rulebook.renew()
    return row


@transaction.atomic
def shift_type(type: IncidentType, *, to: Literal["up", "down"], by: User) -> None:
    """Change places with the neighbour above or below. At the end of the list nothing changes.

    Raises:
        NotAllowed: `by` may not manage process.
    """
    _require(by)
    types = list(IncidentType.objects.select_for_update())
    here = next(place for place, one in enumerate(types) if one.pk == type.pk)
    there = here - 1 if to == "up" else here + 1
    if not 0 <= there < len(types):
        return
    types[here], types[there] = types[there], types[here]
    for place, one in enumerate(types, 1):
        before = snapshot(one)
        one.position = place
        one.save(update_fields=["position"])
        if one.pk == type.pk:
            record_changed(one, by=by, before=before)
    rulebook.renew()


@transaction.atomic
def retire_type(type: IncidentType, *, by: User) -> None:
    """No ticket becomes one any more; those that are stay it.

    Raises:
        NotAllowed: `by` may not manage process.
        Refused: it is what every ticket is that says nothing else.
    """
    _require(by)
    if type.slug == rulebook.USUAL:
        raise Refused(_("This is what a ticket is when nothing else is said, so it stays."))
    _set_retired(type, retired=True, by=by)


@transaction.atomic
def restore_type(type: IncidentType, *, by: User) -> None:
    """Tickets may become one again.

    Raises:
        NotAllowed: `by` may not manage process.
        Refused: what it is handled by is retired.
    """
    _require(by)
    if type.workflow.is_retired:
        raise Refused(_("Its workflow is retired. Give it another one first."))
    _set_retired(type, retired=False, by=by)


def _set_retired(type: IncidentType, *, retired: bool, by: User) -> None:
    row = IncidentType.objects.select_for_update(no_key=True, of=("self",)).get(pk=type.pk)
    before = snapshot(row)
    row.is_retired = retired
    row.save(update_fields=["is_retired"])
    if record_changed(row, by=by, before=before):
        rulebook.renew()


def _require(by: User) -> None:
    require(
        by.permits.anywhere(Permission.PROCESS_MANAGE),
        _("You may not change how incidents are handled."),
    )


def _cleaned(
    given: Mapping[str, Any], types: Iterable[IncidentType], *, but: IncidentType | None = None
) -> dict[str, Any]:
    values = {name: given[name] for name in SETTABLE if name in given}
    values["name"] = _name(values.get("name", ""), types, but)
    values["description"] = " ".join(values.get("description", "").split())
    values["tasks"] = tidy_tasks(values.get("tasks", ()))
    if values.get("set_by") and values["set_by"] not in EXPLAINED:
        raise InvalidInput(_("Choose one of the permissions."), field="set_by")
    if values.get("review", IncidentType.Review.NEVER) not in IncidentType.Review.values:
        raise InvalidInput(_("Say when it is reviewed."), field="review")
    workflow, matrix = values.get("workflow"), values.get("matrix")
    if not isinstance(workflow, Workflow) or (
        workflow.is_retired and (but is None or but.workflow_id != workflow.pk)
    ):
        raise InvalidInput(_("Choose a workflow that is in use."), field="workflow")
    if not isinstance(matrix, Matrix):
        raise InvalidInput(_("Choose a priority matrix."), field="matrix")
    return values


def _name(given: str, types: Iterable[IncidentType], but: IncidentType | None) -> str:
    name = " ".join(given.replace("\x00", "").split())
    if not name:
        raise InvalidInput(_("A type needs a name."), field="name")
    for one in types:
        taken = {one.name.lower(), one.label.lower()}
        if (but is None or one.pk != but.pk) and name.lower() in taken:
            raise InvalidInput(_("There is a type of this name already."), field="name")
    return name


def tidy_tasks(given: Iterable[str]) -> list[str]:
    """One task a line, each once.

    Raises:
        InvalidInput: there are too many, or one is too long.
    """
    lines = (" ".join(str(line).replace("\x00", "").split()) for line in given)
    tasks = list(dict.fromkeys(filter(None, lines)))
    if len(tasks) > MOST_TASKS:
        raise InvalidInput(
            _("A type takes up to %(most)d tasks.") % {"most": MOST_TASKS}, field="tasks"
        )
    if any(len(task) > LONGEST_TASK for task in tasks):
        raise InvalidInput(
            _("Keep a task under %(most)d characters.") % {"most": LONGEST_TASK + 1}, field="tasks"
        )
    return tasks
