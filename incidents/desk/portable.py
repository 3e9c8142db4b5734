"""What the desk shares with a team or everybody as configuration: views, canned replies, macros.

What somebody has for themselves alone is theirs, and in no file.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.administration.portable import (
    Column,
    Part,
    Values,
    find,
    form_data,
    named,
    refuse_invalid,
    register,
    save_form,
)
from accounts.errors import InvalidInput, require
from accounts.models import Department, Team, User
from accounts.permissions import Permission
from incidents.desk import columns, sharing
from incidents.desk.act_forms import shown
from incidents.desk.acts import ACTS
from incidents.desk.forms import NOBODY
from incidents.desk.macro_forms import MacroForm
from incidents.desk.macros import MOST_STEPS
from incidents.desk.models import CannedReply, Macro, SavedView, Scope, Shared
from incidents.desk.saved import ViewForm, tidy_query
from incidents.desk.views.canned import CannedForm
from incidents.tickets.models import Category, Service

KEY = ("scope", "team", "name")
AMONG: dict[tuple[str, str], type[Any]] = {
    ("assign", "to"): User,
    ("team", "to"): Team,
    ("category", "category"): Category,
    ("service", "service"): Service,
}
"""Values of steps that are keys of rows, by act and name."""
BY_KEY: dict[str, type[Any]] = {"department": Department, "requester": User, "assignee": User}
"""Filters of views that name rows by their key."""


def shared(model: Any) -> Callable[[User | None], "QuerySet[Any]"]:
    """Those that this person may use, as far as they are shared."""

    def rows(reader: User | None) -> "QuerySet[Any]":
        found = model.objects.usable_by(reader) if reader else model.objects.all()
        return found.exclude(scope=Scope.MINE)  # type: ignore[no-any-return]

    return rows


def _form(form_class: Any, row: Shared | None, values: Values, by: User) -> Any:
    if values["scope"] == Scope.MINE:
        raise InvalidInput(_("Only what is shared can be in the file."), field="scope")
    if row is not None:
        require(
            sharing.can_change(by, row),
            _("Only who leads the team may change what is shared with it."),
        )
    return form_class(form_data(values), instance=row, by=by)


def write_reply(part: Part, row: Any, values: Values, *, by: User) -> CannedReply:
    saved: Any = save_form(part, _form(CannedForm, row, values, by), values, by=by)
    reply: CannedReply = saved
    return reply


def write_macro(part: Part, row: Any, values: Values, *, by: User) -> Macro:
    """Each step is checked by the form of its act."""
    form = _form(MacroForm, row, values, by)
    steps = values.get("steps", [])
    if len(steps) > MOST_STEPS:
        raise InvalidInput(_("A macro has up to %(most)d steps.") % {"most": MOST_STEPS})
    if row is None or steps != row.steps:
        form.instance.steps = [_step(one, by) for one in steps]
    saved: Any = save_form(part, form, values, by=by)
    macro: Macro = saved
    return macro


def _step(step: dict[str, Any], by: User) -> dict[str, Any]:
    act = ACTS.get(step["act"])
    if act is None:
        raise InvalidInput(_("There is no step “%(name)s”.") % {"name": step["act"]})
    form = act.form(shown(step["with"]), by=by)
    refuse_invalid(form)
    return {"act": act.slug, "with": form.plain()}


def write_view(part: Part, row: Any, values: Values, *, by: User) -> SavedView:
    form = _form(ViewForm, row, values, by)
    form.instance.query = tidy_query(values.get("query", ""), by)
    form.instance.columns = columns.tidy(values["columns"])
    form.instance.position = values["position"]
    saved: Any = save_form(part, form, values, by=by)
    view: SavedView = saved
    return view


# Steps and filters name rows by their key ---------------------------------------------------------------------


def dump_steps(macro: Macro) -> list[Any]:
    """What each says; what it leaves open is not said, however it was kept."""
    return [
        {
            "act": s["act"],
            "with": {n: _out(AMONG.get((s["act"], n)), v) for n, v in sorted(s["with"].items()) if v not in ("", None)},
        }
        for s in macro.steps
    ]  # fmt: skip


def load_steps(given: list[Any]) -> list[Any]:
    return [
        {"act": s["act"], "with": {n: _in(AMONG.get((s["act"], n)), v) for n, v in s["with"].items()}}
        for s in given
    ]  # fmt: skip


def dump_query(view: SavedView) -> str:
    """Its filters in the order of their names, in which they mean the same."""
    return _sorted(_without_merged(_turned(view.query, _out)))


def _without_merged(text: str) -> str:
    """Categories that were merged away are in no file: those that took their place are named."""
    asked = QueryDict(text, mutable=True)
    if chosen := asked.getlist("category"):
        merged = Category.objects.filter(slug__in=chosen, merged_into__isnull=False)
        heirs = dict(merged.values_list("slug", "merged_into__slug"))
        asked.setlist("category", list(dict.fromkeys(heirs.get(one, one) for one in chosen)))
    return asked.urlencode()


def _sorted(text: str) -> str:
    asked, found = QueryDict(text), QueryDict(mutable=True)
    for name in sorted(asked):
        found.setlist(name, asked.getlist(name))
    return found.urlencode()


def load_query(given: str) -> str:
    return _turned(given, lambda model, value: str(_in(model, value)))


def _turned(text: str, turn: Callable[[Any, Any], Any]) -> str:
    asked = QueryDict(text, mutable=True)
    for name, model in BY_KEY.items():
        if name in asked:
            asked.setlist(
                name,
                [v if v in {"me", "nobody"} else str(turn(model, v)) for v in asked.getlist(name)],
            )
    return asked.urlencode()


def _out(model: Any, value: Any) -> Any:
    """A key as the file names its row; what is gone stays a number, which is refused where it is read."""
    if model is None or value in (None, "", NOBODY) or not str(value).isdecimal():
        return value
    found = model._default_manager.filter(pk=value).first()
    return f"#{value}" if found is None else named(found)


def _in(model: Any, value: Any) -> Any:
    if model is None or value in (None, "", NOBODY):
        return value
    key = find(model, str(value)).pk
    return str(key) if model is User else key


STEPS = {
    "type": "array",
    "maxItems": MOST_STEPS,
    "items": {
        "type": "object",
        "required": ["act", "with"],
        "additionalProperties": False,
        "properties": {"act": {"type": "string"}, "with": {"type": "object"}},
    },
}
WORDS = {"type": "array", "items": {"type": "string"}}

register(
    Part(
        "canned_replies", 90, CannedReply, Permission.TEAM_LEAD, KEY, ("body", "position"),
        rows=shared(CannedReply), write=write_reply, home="desk:canned", words=gettext_lazy("canned replies"), page=lambda one: reverse("desk:canned-edit", args=[one.pk]),
    ),
    Part(
        "macros", 92, Macro, Permission.TEAM_LEAD, KEY, ("description", "position"),
        columns={"steps": Column(dump_steps, load_steps, STEPS)},
        rows=shared(Macro), write=write_macro, home="desk:macros", words=gettext_lazy("macros"), page=lambda one: reverse("desk:macro", args=[one.pk]),
    ),
    Part(
        "views", 94, SavedView, Permission.TEAM_LEAD, KEY, ("layout", "position"),
        columns={
            "columns": Column(lambda view: list(view.columns), lambda given: given, WORDS),
            "query": Column(dump_query, load_query, {"type": "string", "maxLength": 4000}),
        },
        rows=shared(SavedView), write=write_view, home="desk:views", words=gettext_lazy("saved views"), page=lambda one: reverse("desk:view-edit", args=[one.pk]),
    ),
)  # fmt: skip
