"""Matrices of priority: add and change. A change touches no ticket; who made it decides whether open ones follow."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.record import record_added, record_changed, snapshot
from accounts.errors import EditConflict, InvalidInput, require
from accounts.models import User
from accounts.permissions import Permission
from accounts.slugs import free_slug
from incidents.workflow import rulebook
from incidents.workflow.models import Matrix
from incidents.workflow.priority import Impact, Priority, Urgency

Cells = Mapping[str, Mapping[str, int]]


@transaction.atomic
def add_matrix(name: str, cells: Cells, *, by: User) -> Matrix:
    """Make a matrix, which no type uses yet.

    Raises:
        NotAllowed: `by` may not manage process.
        InvalidInput: there is no name, another matrix has it, or a cell is missing or no priority.
    """
    _require(by)
    name = _named(name)
    made = Matrix.objects.create(name=name, slug=free_slug(Matrix, name), cells=checked(cells))
    record_added(made, by=by)
    rulebook.renew()
    return made


@transaction.atomic
def change_matrix(
    matrix: Matrix, name: str, cells: Cells, *, by: User, expected: str | None = None
) -> Matrix:
    """Change what follows from impact and urgency from now on. `expected`: the cells that the page showed, see `mark_of`.

    Raises:
        NotAllowed, InvalidInput: as `add_matrix`.
        EditConflict: somebody changed the cells meanwhile.
    """
    _require(by)
    row = Matrix.objects.select_for_update(no_key=True).get(pk=matrix.pk)
    if expected is not None and mark_of(row.cells) != expected:
        raise EditConflict(_("Somebody changed this matrix while you were looking at it."))
    before = snapshot(row)
    name = _named(name, but=row)
    if not (row.is_seeded and name in {row.name, row.label}):
        row.name, row.is_seeded = name, False
    row.cells = checked(cells)
    row.save()
    if record_changed(row, by=by, before=before):
        rulebook.renew()
    return row


def checked(cells: Cells) -> dict[str, dict[str, int]]:
    """The cells, if none is missing.

    Raises:
        InvalidInput: naming the first cell that is missing or no priority.
    """
    found: dict[str, dict[str, int]] = {}
    for impact in Impact:
        for urgency in Urgency:
            value = cells.get(impact.value, {}).get(urgency.value)
            if value not in Priority.values:
                raise InvalidInput(
                    _("Choose a priority for “%(impact)s” and “%(urgency)s”.")
                    % {"impact": impact.label, "urgency": urgency.label},
                    field=f"{impact.value}-{urgency.value}",
                )
            found.setdefault(impact.value, {})[urgency.value] = int(value)
    return found


def mark_of(cells: Cells) -> str:
    """Cells as one word, to see whether somebody changed them meanwhile."""
    return "".join(
        str(cells.get(impact.value, {}).get(urgency.value, "?"))
        for impact in Impact
        for urgency in Urgency
    )


def _require(by: User) -> None:
    require(
        by.permits.anywhere(Permission.PROCESS_MANAGE),
        _("You may not change how incidents are handled."),
    )


def _named(given: str, but: Matrix | None = None) -> str:
    name = " ".join(given.replace("\x00", "").split())
    if not name:
        raise InvalidInput(_("A matrix needs a name."), field="name")
    others = Matrix.objects.exclude(pk=but.pk) if but else Matrix.objects.all()
    if any(name.lower() in {one.name.lower(), one.label.lower()} for one in others):
        raise InvalidInput(_("There is a matrix of this name already."), field="name")
    return name
