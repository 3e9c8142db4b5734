"""Write down a change of the rules as it is wanted. Nothing follows it yet."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused, require
from accounts.models import User
from accounts.permissions import Permission
from incidents.sla import rules
from incidents.sla.models import Calendar, Change, HolidaySet, Policy
from incidents.sla.rules import Content

Row = Calendar | HolidaySet | Policy


@transaction.atomic
def draft_change(about: str, row: Row | None, content: Content, *, by: User) -> Change:
    """`row` as it is wanted, or a new one. Drafts of the same person about the same are replaced.

    Raises:
        NotAllowed: `by` does not manage the process.
    """
    require_manager(by)
    key = None if row is None else row.pk
    drafts = Change.objects.filter(about=about, object_id=key, made_by=by, state=Change.State.DRAFT)
    if row is not None:
        drafts.delete()
    return Change.objects.create(
        about=about,
        object_id=key,
        name=content["name"],
        content=content,
        basis=rules.mark_of(row),
        made_by=by,
    )


@transaction.atomic
def draft_removal(about: str, row: Row, *, by: User) -> Change:
    """That `row` is there no more.

    Raises:
        NotAllowed: `by` does not manage the process.
        Refused: policies follow this calendar.
    """
    require_manager(by)
    require_unused(row)
    drafts = Change.objects.filter(about=about, object_id=row.pk, made_by=by)
    drafts.filter(state=Change.State.DRAFT).delete()
    return Change.objects.create(
        about=about, object_id=row.pk, name=row.name, content=rules.content_of(row),
        basis=rules.mark_of(row), removes=True, made_by=by,
    )  # fmt: skip


@transaction.atomic
def discard_change(change: Change, *, by: User) -> None:
    """Forget a draft. What is applied stays.

    Raises:
        NotAllowed: `by` does not manage the process.
        Refused: it is applied already.
    """
    require_manager(by)
    if not Change.objects.filter(pk=change.pk, state=Change.State.DRAFT).delete()[0]:
        raise Refused(_("This was applied already."))


def require_manager(by: User) -> None:
    require(
        by.is_system or by.permits.anywhere(Permission.PROCESS_MANAGE),
        _("You may not change service levels."),
    )


def require_unused(row: Row) -> None:
    if isinstance(row, Calendar) and (
        named := row.policies.live().order_by("position", "pk").first()
    ):
        raise Refused(
            _("The policy “%(name)s” follows this calendar. Give it another one first.")
            % {"name": named.label}
        )
