"""Add, copy, write and retire workflows. Each is checked as a whole before anything of it is kept."""

from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.actions.record import record_added, record_changed
from accounts.errors import Refused, require
from accounts.models import User
from accounts.permissions import Permission
from incidents.workflow import checks, effects, rulebook
from incidents.workflow.errors import Unsound
from incidents.workflow.models import Step, Transition, Workflow
from incidents.workflow.rulebook import Flow, Place, Way
from incidents.workflow.states import Status

LONGEST_SLUG = 40


@transaction.atomic
def add_workflow(name: str, *, like: Flow, by: User) -> Workflow:
    """Start a workflow as a copy of another one, which is sound, so that the new one is from the first moment.

    Raises:
        NotAllowed: `by` does not manage processes.
        Unsound: it has no name, or another one has the same.
    """
    require_manager(by)
    name = _name(name)
    workflow = Workflow.objects.create(name=name, slug=_slug(name, _taken()))
    write(workflow, Flow(workflow.slug, name, is_seeded=False, places=like.places, ways=like.ways))
    change = record_added(workflow, by=by)
    change.after |= as_logged(rulebook.current().flows[workflow.slug])
    change.save(update_fields=["after"])
    return workflow


@transaction.atomic
def retire_workflow(workflow: Workflow, *, by: User) -> Workflow:
    """No type can be given it any more.

    Raises:
        NotAllowed: `by` does not manage processes.
        Refused: types use it.
    """
    require_manager(by)
    workflow = Workflow.objects.select_for_update().get(pk=workflow.pk)
    used_by = [one.label for one in workflow.types.filter(is_retired=False)]
    if used_by:
        raise Refused(
            _("%(types)s still use this workflow. Give them another one first.")
            % {"types": ", ".join(used_by)}
        )
    return _set_retired(workflow, is_retired=True, by=by)


@transaction.atomic
def restore_workflow(workflow: Workflow, *, by: User) -> Workflow:
    """Types can be given it again."""
    require_manager(by)
    workflow = Workflow.objects.select_for_update().get(pk=workflow.pk)
    return _set_retired(workflow, is_retired=False, by=by)


def _set_retired(workflow: Workflow, *, is_retired: bool, by: User) -> Workflow:
    before, workflow.is_retired = workflow.is_retired, is_retired
    workflow.save(update_fields=["is_retired"])
    record_changed(
        workflow, by=by, before={"is_retired": before}, after={"is_retired": is_retired}
    )  # fmt: skip
    rulebook.renew()
    return workflow


# What the verb that moves tickets shares ------------------------------------------------------------------------


def require_manager(by: User) -> None:
    require(
        by.is_system or by.permits.anywhere(Permission.PROCESS_MANAGE),
        _("Only who manages processes changes workflows."),
    )


def write(workflow: Workflow, flow: Flow) -> None:
    """Make the rows what the draft says. Steps keep their slugs; new ones (`+1`, `+2` …) get one of their name.

    Raises:
        Unsound: it has faults, or two workflows would have the same name.
    """
    found = checks.faults(flow)
    if _labels(but=workflow).intersection({flow.label.strip().casefold()}):
        found.append(checks.Fault("", _("Another workflow has this name.")))
    found += _changed_statuses(workflow, flow)
    if found:
        raise Unsound(found)
    if not flow.is_seeded:
        workflow.name = flow.name.strip()
        workflow.is_seeded = False
        workflow.save(update_fields=["name", "is_seeded"])
    rows = _write_steps(workflow, flow.places)
    workflow.transitions.all().delete()
    Transition.objects.bulk_create(
        _transition(workflow, way, rows[way.here.slug], rows[way.there.slug]) for way in flow.ways
    )
    rulebook.renew()


def _changed_statuses(workflow: Workflow, flow: Flow) -> list[checks.Fault]:
    """Tickets stand there by that status; a step that counts as another one is another step."""
    now = dict(workflow.steps.values_list("slug", "status"))
    return [
        checks.Fault(
            _("Step “%(name)s”") % {"name": place.label},
            _("What it counts as can't be changed. Remove it, and add another one."),
            step=place.slug,
        )
        for place in flow.places
        if now.get(place.slug, place.status) != place.status
    ]


def _write_steps(workflow: Workflow, places: tuple[Place, ...]) -> dict[str, Step]:
    """By the slug that the draft has for each."""
    kept = {place.slug for place in places}
    workflow.transitions.all().delete()
    workflow.steps.exclude(slug__in=kept).delete()
    workflow.steps.update(is_default=False)  # one of each status, at every moment
    rows = {row.slug: row for row in workflow.steps.all()}
    taken = {*rows, *Status.values}
    found: dict[str, Step] = {}
    for position, place in enumerate(places):
        row = rows.get(place.slug)
        if row is None:
            slug = place.slug if not place.slug.startswith("+") else _slug(place.label, taken)
            taken.add(slug)
            row = Step(workflow=workflow, slug=slug, status=place.status)
        row.name, row.outside_name = place.name.strip(), place.outside_name.strip()
        row.position, row.is_default = position, place.is_default
        row.save()
        found[place.slug] = row
    return found


def _transition(workflow: Workflow, way: Way, here: Step, there: Step) -> Transition:
    return Transition(
        workflow=workflow,
        here=here,
        there=there,
        name=way.name.strip(),
        by_staff=way.by_staff,
        by_requester=way.by_requester,
        permission=way.permission,
        needs_text=way.needs_text,
        needs_fields=list(way.needs_fields),
        effects=[effects.checked(effect) for effect in way.effects],
    )


def as_logged(flow: Flow) -> dict[str, Any]:
    """What the log of administration keeps of a workflow: everything, each part with the words by which it is read."""
    return {
        "name": flow.name,
        "steps": [
            {
                "name": _step_in_words(place), "slug": place.slug, "status": place.status.value, "own_name": place.name,
                "outside_name": place.outside_name, "is_default": place.is_default,
            }
            for place in flow.places
        ],
        "transitions": [
            {
                "name": _way_in_words(way), "here": way.here.slug, "there": way.there.slug, "own_name": way.name,
                "by_staff": way.by_staff, "by_requester": way.by_requester, "permission": way.permission,
                "needs_text": way.needs_text, "needs_fields": list(way.needs_fields), "effects": [dict(one) for one in way.effects],
            }
            for way in flow.ways
        ],
    }  # fmt: skip


def _step_in_words(place: Place) -> str:
    told = f"{place.label} ({place.status.value})"
    return f"{told}: {place.outside_name}" if place.outside_name else told


def _way_in_words(way: Way) -> str:
    """Plain marks rather than sentences: the log is read in every language."""
    who = [name for name, may in (("staff", way.by_staff), ("requester", way.by_requester)) if may]
    extra = [
        *([way.permission] if way.permission else []),
        *(["text"] if way.needs_text else []),
        *way.needs_fields,
        *(":".join(str(value) for value in one.values()) for one in way.effects),
    ]
    return f"{way.here.label} → {way.there.label} [{', '.join([*who, *extra])}]"


def _name(name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise Unsound([checks.Fault("", _("Give the workflow a name."))])
    if len(name) > checks.LONGEST_OUTSIDE_NAME:
        raise Unsound([checks.Fault("", _("Keep the name under %(most)d characters.") % {"most": checks.LONGEST_OUTSIDE_NAME + 1})])  # fmt: skip
    if name.casefold() in _labels():
        raise Unsound([checks.Fault("", _("Another workflow has this name."))])
    return name


def _labels(but: Workflow | None = None) -> set[str]:
    others = Workflow.objects.exclude(pk=but.pk) if but else Workflow.objects.all()
    return {one.label.casefold() for one in others}


def _taken() -> set[str]:
    return set(Workflow.objects.values_list("slug", flat=True))


def _slug(name: str, taken: set[str]) -> str:
    base = slugify(name)[: LONGEST_SLUG - 4] or "step"
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug
