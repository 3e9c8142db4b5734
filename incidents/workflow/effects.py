"""What a transition can do besides. A closed set of small things, each checked when it is saved, never code."""

from collections.abc import Mapping
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import InvalidInput
from accounts.models import Team
from incidents.workflow.priority import Priority

LONGEST_TAG = 40
LONGEST_STEP = 200
MOST = 6


class Effect(TextChoices):
    RELEASE = "release", gettext_lazy("nobody has it any more")
    TEAM = "team", gettext_lazy("hand over to the team")
    PRIORITY = "priority", gettext_lazy("set the priority")
    TAG = "tag", gettext_lazy("add the tag")
    UNTAG = "untag", gettext_lazy("remove the tag")
    STEP = "step", gettext_lazy("add to the checklist")


WITH = {
    Effect.TEAM: "team",
    Effect.PRIORITY: "priority",
    Effect.TAG: "tag",
    Effect.UNTAG: "tag",
    Effect.STEP: "text",
}
"""What an effect is given, by its key in the saved value."""


def checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """An effect as it is kept.

    Raises:
        InvalidInput: there is no such effect, or it can't do what it is told.
    """
    name = given.get("do")
    if name not in Effect.values:
        raise InvalidInput(_("There is no effect “%(name)s”.") % {"name": name}, field="effects")
    effect = Effect(str(name))
    if effect not in WITH:
        return {"do": effect.value}
    value = given.get(WITH[effect], "")
    return {"do": effect.value, WITH[effect]: _CHECKS[effect](value)}


def describe(effect: Mapping[str, Any]) -> str:
    """In words, as a part of a list."""
    name, value = effect["do"], effect.get(WITH.get(effect["do"], ""), "")
    if name == Effect.RELEASE:
        return _("nobody has it any more")
    if name == Effect.TEAM:
        team = Team.objects.filter(slug=value).first()
        return _("handed over to %(team)s") % {"team": team.name if team else _("(gone)")}
    if name == Effect.PRIORITY:
        return _("priority %(priority)s") % {"priority": Priority(value).label}
    if name == Effect.TAG:
        return _("tag “%(tag)s” added") % {"tag": value}
    if name == Effect.UNTAG:
        return _("tag “%(tag)s” removed") % {"tag": value}
    return _("“%(step)s” on the checklist") % {"step": value}


def _team(value: object) -> str:
    """By its address, which means the same team in another install."""
    if not Team.objects.filter(slug=value, is_retired=False).exists():
        raise InvalidInput(_("Choose the team that it is handed over to."), field="effects")
    return str(value)


def _priority(value: object) -> int:
    if str(value) not in {str(one) for one in Priority.values}:
        raise InvalidInput(_("Choose the priority to set."), field="effects")
    return int(str(value))


def _tag(value: object) -> str:
    tag = "-".join(str(value).replace("\x00", "").strip().lstrip("#").lower().split())
    if not tag or len(tag) > LONGEST_TAG or "," in tag:
        raise InvalidInput(
            _("Name one tag of at most %(most)d characters.") % {"most": LONGEST_TAG},
            field="effects",
        )
    return tag


def _step(value: object) -> str:
    text = " ".join(str(value).replace("\x00", "").split())
    if not text or len(text) > LONGEST_STEP:
        raise InvalidInput(
            _("Write the step in at most %(most)d characters.") % {"most": LONGEST_STEP},
            field="effects",
        )
    return text


_CHECKS = {
    Effect.TEAM: _team,
    Effect.PRIORITY: _priority,
    Effect.TAG: _tag,
    Effect.UNTAG: _tag,
    Effect.STEP: _step,
}
