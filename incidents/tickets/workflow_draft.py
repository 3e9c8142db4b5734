"""A workflow as it is being edited: what the page's rows say, and the draft that they make.

The whole draft travels with the page, so that nothing is kept before it is checked, and everything works without
JavaScript. A new step is called `+1`, `+2` … until it is saved and gets an address of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.digits import whole
from accounts.models import Team
from accounts.permissions import Permission
from incidents.workflow import checks
from incidents.workflow.effects import WITH, Effect
from incidents.workflow.needs import Need
from incidents.workflow.priority import Priority
from incidents.workflow.rulebook import Flow, Place, Way
from incidents.workflow.states import Status

MOST_ROWS = 300
OFFERED_PERMISSIONS = (
    Permission.TICKETS_PRIORITISE,
    Permission.TICKETS_ASSIGN,
    Permission.TEAM_LEAD,
)
"""What a team's people differ in; another one that is set already stays to be chosen."""


@dataclass
class StepRow:
    key: str
    name: str = ""
    status: str = Status.OPEN.value
    outside_name: str = ""
    is_default: bool = False
    is_removed: bool = False
    goes_to: str = ""
    faults: list[str] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        return self.key.startswith("+")

    @property
    def label(self) -> str:
        return self.name.strip() or str(Status(self.status).label)

    @property
    def shown(self) -> str:
        """The name as it is to be read in the field: of an unnamed step, what it counts as."""
        return self.name

    @property
    def usual_name(self) -> str:
        return str(Status(self.status).label)


@dataclass
class EffectSlot:
    """One effect as the page asks for it: which (with what is chosen from a list), and words for the others."""

    chosen: str = ""
    words: str = ""

    @classmethod
    def of(cls, effect: Mapping[str, Any]) -> Self:
        name = effect["do"]
        value = effect.get(WITH.get(name, ""), "")
        if name in {Effect.TEAM, Effect.PRIORITY}:
            return cls(f"{name}:{value}")
        return cls(name, str(value))

    def effect(self) -> dict[str, Any]:
        name, _colon, value = self.chosen.partition(":")
        return {"do": name, WITH[Effect(name)]: value or self.words} if name in WITH else {"do": name}  # fmt: skip


@dataclass
class WayRow:
    here: str = ""
    there: str = ""
    name: str = ""
    by_staff: bool = True
    by_requester: bool = False
    permission: str = ""
    needs_text: bool = False
    needs_fields: tuple[str, ...] = ()
    effects: list[EffectSlot] = field(default_factory=list)
    is_removed: bool = False
    faults: list[str] = field(default_factory=list)

    @property
    def is_blank(self) -> bool:
        return not self.here and not self.there

    @property
    def slots(self) -> list[EffectSlot]:
        """What it does, and room for one more."""
        free = [EffectSlot()] if len(self.effects) < checks.effects.MOST else []
        return [*self.effects, *free]

    @property
    def asks(self) -> int:
        """How much is set in the part of the row that is folded away."""
        return len(self.needs_fields) + len(self.effects) + bool(self.permission)

    @property
    def usual_name(self) -> str:
        return _("usual words")


@dataclass
class Draft:
    """The rows of the page."""

    name: str
    steps: list[StepRow]
    ways: list[WayRow]
    mark: str = ""
    faults: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, flow: Flow, mark: str) -> Self:
        steps = [
            StepRow(one.slug, one.name, one.status.value, one.outside_name, one.is_default)
            for one in flow.places
        ]
        ways = [
            WayRow(
                one.here.slug, one.there.slug, one.name, one.by_staff, one.by_requester, one.permission, one.needs_text,
                one.needs_fields, [EffectSlot.of(effect) for effect in one.effects],
            )
            for one in flow.ways
        ]  # fmt: skip
        return cls(flow.label, steps, ways, mark)

    @classmethod
    def sent(cls, given: QueryDict, now: Flow) -> Self:
        """What a form says. What a step counts as is read only of a new one: tickets stand on the others by it."""
        draft = cls(
            " ".join(given.get("name", "").replace("\x00", "").split()),
            [_step(given, at, now) for at in range(_rows(given, "steps"))],
            [_way(given, at) for at in range(_rows(given, "ways"))],
            given.get("mark", "")[:40],
        )
        draft.steps.sort(key=lambda one: _position(given, one.key))
        return draft

    @property
    def kept(self) -> list[StepRow]:
        return [one for one in self.steps if not one.is_removed]

    @property
    def kept_ways(self) -> list[WayRow]:
        """Ways to and from a step that goes, go with it."""
        keys = {one.key for one in self.kept}
        gone = {one.key for one in self.steps} - keys
        return [
            one
            for one in self.ways
            if not one.is_removed and not one.is_blank and not {one.here, one.there} & gone
        ]

    @property
    def moves(self) -> dict[str, str]:
        return {one.key: one.goes_to for one in self.steps if one.is_removed and one.goes_to}

    def flow(self, now: Flow) -> Flow:
        """The workflow that it would make."""
        places = {
            one.key: Place(
                one.key, Status(one.status), one.name.strip(), one.outside_name.strip(), at, one.is_default
            )
            for at, one in enumerate(self.kept)
        }  # fmt: skip
        ways = tuple(
            Way(
                _named(places, one.here), _named(places, one.there), one.name.strip(), one.by_staff, one.by_requester,
                one.permission, one.needs_text, one.needs_fields, tuple(slot.effect() for slot in one.effects),
            )
            for one in self.kept_ways
        )  # fmt: skip
        is_renamed = self.name != now.label
        return Flow(
            now.slug,
            self.name if is_renamed else now.name,
            now.is_seeded and not is_renamed,
            tuple(places.values()),
            ways,
            now.is_retired,
        )

    def blame(self, faults: list[checks.Fault]) -> None:
        """Put each fault beside its row; all of them stand above."""
        rows = {one.key: one for one in self.steps}
        ways = self.kept_ways
        for fault in faults:
            self.faults.append(str(fault))
            if fault.step in rows:
                rows[fault.step].faults.append(fault.words)
            elif 0 <= fault.way < len(ways):
                ways[fault.way].faults.append(fault.words)

    def add_step(self) -> None:
        taken = {one.key for one in self.steps}
        number = next(n for n in range(1, MOST_ROWS + 2) if f"+{n}" not in taken)
        at = next((n for n, one in enumerate(self.steps) if one.status in {"resolved", "closed"}), len(self.steps))  # fmt: skip
        self.steps.insert(at, StepRow(f"+{number}"))

    def add_way(self) -> None:
        self.ways.append(WayRow())


def effect_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Everything a transition can do, in groups."""
    teams = Team.objects.filter(is_retired=False).order_by("name")
    return [
        ("", [(Effect.RELEASE.value, _("nobody has it any more"))]),
        (
            _("With words"),
            [
                (Effect.TAG.value, _("add the tag …")),
                (Effect.UNTAG.value, _("remove the tag …")),
                (Effect.STEP.value, _("add to the checklist …")),
            ],
        ),
        (
            _("Hand over to"),
            [(f"{Effect.TEAM}:{team.slug}", team.name) for team in teams],
        ),
        (
            _("Set priority"),
            [(f"{Effect.PRIORITY}:{level.value}", str(level.label)) for level in Priority],
        ),
    ]


def permission_choices(ways: list[WayRow]) -> list[tuple[str, str]]:
    used = {one.permission for one in ways} & set(Permission.values)
    offered = [one for one in Permission if one in OFFERED_PERMISSIONS or one.value in used]
    return [("", _("whoever works on it")), *((one.value, str(one.label)) for one in offered)]


NEEDS = tuple(Need)


# Reading what was sent ------------------------------------------------------------------------------------------


def _rows(given: QueryDict, name: str) -> int:
    count = whole(given.get(name, ""), 4)
    if count is None or count > MOST_ROWS:
        raise BadRequest("not a number of rows")
    return count


def _step(given: QueryDict, at: int, now: Flow) -> StepRow:
    key = given.get(f"s{at}-key", "")
    known = now.place(key)
    status = known.status.value if known else given.get(f"s{at}-status", "")
    if (known is None and not key.startswith("+")) or len(key) > 40 or status not in Status.values:
        raise BadRequest("not a step")
    return StepRow(
        key,
        _words(given, f"s{at}-name"),
        status,
        _words(given, f"s{at}-outside"),
        bool(given.get(f"s{at}-default")),
        bool(given.get(f"s{at}-removed")),
        given.get(f"s{at}-goes", "")[:40],
    )


def _way(given: QueryDict, at: int) -> WayRow:
    slots = [
        EffectSlot(chosen, _words(given, f"w{at}-words{number}"))
        for number in range(checks.effects.MOST + 1)
        if (chosen := given.get(f"w{at}-effect{number}", ""))
    ]
    return WayRow(
        given.get(f"w{at}-here", "")[:40],
        given.get(f"w{at}-there", "")[:40],
        _words(given, f"w{at}-name"),
        bool(given.get(f"w{at}-staff")),
        bool(given.get(f"w{at}-requester")),
        given.get(f"w{at}-permission", "")[:40],
        bool(given.get(f"w{at}-text")),
        tuple(given.getlist(f"w{at}-needs")[:20]),
        slots,
        bool(given.get(f"w{at}-removed")),
    )


def _words(given: QueryDict, name: str) -> str:
    return " ".join(given.get(name, "").replace("\x00", "").split())[:300]


def _position(given: QueryDict, key: str) -> int:
    """Where it is to stand, as numbered on the page."""
    for at in range(_rows(given, "steps")):
        if given.get(f"s{at}-key") == key:
            wanted = whole(given.get(f"s{at}-position", ""), 4)
            return at * 10 if wanted is None else wanted
    return 0


def _named(places: Mapping[str, Place], key: str) -> Place:
    """A step that is not there is told by the check, with its place."""
    return places.get(key) or Place(key, Status.OPEN, key or _("no step"), is_default=False)
