"""Saved views: lists with a name, for oneself, a team or everybody."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.cache import cache
from django.db import transaction
from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.digits import whole
from accounts.models import User
from incidents.desk import sharing
from incidents.desk.filters import UnknownFilter
from incidents.desk.listings import Listing, narrowed
from incidents.desk.models import DeskSettings, SavedView, Scope
from incidents.desk.sidebar import capped, queues_of, shown
from incidents.tickets.models import TicketQuerySet

COUNTED_AT_ONCE = 20
MOST_COUNTED = 60
COUNTS_HOLD_FOR = 20
"""Seconds. The sidebar of every page asks for them."""
NOT_KNOWN = "–"


class ViewGone(Http404):
    """A saved view that was deleted, or is not shared with this person."""


class ViewForm(sharing.SharedForm):
    """What a view is called, and who has it."""

    class Meta:
        model = SavedView
        fields = ("name", "scope", "team", "layout")
        error_messages = {"name": {"required": gettext_lazy("Give the view a name.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["layout"].required = False

    @property
    def may_share(self) -> bool:
        return not self.fields["scope"].widget.is_hidden


def view_of(user: User, pk: int) -> SavedView:
    """The view, for those who may use it.

    Raises:
        ViewGone: it is not there, or not for them.
    """
    found: SavedView | None = (
        SavedView.objects.usable_by(user).select_related("team").filter(pk=pk).first()
    )
    if found is None:
        raise ViewGone
    return found


def listing_of(view: SavedView) -> Listing:
    return Listing(
        "view",
        view.name,
        reverse("desk:view", args=[view.pk]),
        _("No ticket fits this view now."),
        view=view,
    )


def tidy_query(text: str, user: User) -> str:
    """What is kept of a query string: its filters and its order.

    Raises:
        UnknownFilter: there is something in it that no list knows.
    """
    return narrowed(QueryDict(text), user).query


# Their counts -----------------------------------------------------------------------------------------------


def counts_for(user: User, views: Iterable[SavedView]) -> dict[int, str]:
    """How many tickets each view has for this person, up to a thousand; “–” where its filters are no longer known."""
    kept = f"view-counts:{user.pk}"
    wanted = list(views)[:MOST_COUNTED]
    found: dict[int, str] = cache.get(kept) or {}
    if {view.pk for view in wanted} - found.keys():
        found = _count(user, wanted)
        cache.set(kept, found, COUNTS_HOLD_FOR)
    return found


def forget_counts(user: User) -> None:
    cache.delete(f"view-counts:{user.pk}")


def _count(user: User, views: list[SavedView]) -> dict[int, str]:
    lists: dict[int, TicketQuerySet] = {}
    known: dict[Any, Any] = {}
    for view in views:
        try:
            lists[view.pk] = narrowed(QueryDict(view.query), user, known=known).tickets
        except UnknownFilter:
            continue
    keys = list(lists)
    counts = {view.pk: NOT_KNOWN for view in views}
    for start in range(0, len(keys), COUNTED_AT_ONCE):
        chunk = keys[start : start + COUNTED_AT_ONCE]
        each = [capped(lists[key]) for key in chunk]
        numbers = User.objects.filter(pk=user.pk).values_list(*each).get()
        counts |= {key: shown(number or 0) for key, number in zip(chunk, numbers, strict=True)}
    return counts


# Changing them ----------------------------------------------------------------------------------------------


@transaction.atomic
def move(view: SavedView, *, by: int) -> None:
    """Up (-1) or down (1) among those that are shared with the same people."""
    same = SavedView.objects.filter(scope=view.scope, team=view.team_id)
    if view.scope == Scope.MINE:
        same = same.filter(owner=view.owner_id)
    order = list(same.select_for_update())
    here = next(place for place, one in enumerate(order) if one.pk == view.pk)
    there = min(max(here + by, 0), len(order) - 1)
    order.insert(there, order.pop(here))
    for place, one in enumerate(order):
        one.position = place
    SavedView.objects.bulk_update(order, ["position"])


def last_place(view: SavedView) -> int:
    same = SavedView.objects.filter(scope=view.scope, team=view.team_id, owner=view.owner_id)
    last = same.order_by("-position").values_list("position", flat=True).first()
    return 0 if last is None else last + 1


# The page that the desk opens with ------------------------------------------------------------------------------


class StartForm(forms.Form):
    start = forms.CharField(required=False, max_length=80)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by

    def clean_start(self) -> str:
        start: str = self.cleaned_data["start"]
        if start and not start_url(start, self.by):
            raise forms.ValidationError(_("The desk can’t start with that."))
        return start


def start_url(start: str, user: User) -> str:
    """Where “/desk/” leads, as `DeskSettings.start` says; empty: the overview, also where the view is gone."""
    kind, _colon, name = start.partition(":")
    match kind:
        case "mine" | "unassigned" | "board" | "all" if not name:
            return reverse(f"desk:{kind}")
        case "queue":
            seen = queues_of(user).filter(slug=name).exists()
            return reverse("desk:queue", args=[name]) if seen else ""
        case "view" if (key := whole(name, 9)) is not None:
            view = SavedView.objects.usable_by(user).filter(pk=key).first()
            return reverse("desk:view", args=[view.pk]) if view else ""
    return ""


def starters(view: SavedView) -> int:
    """How many people’s desk opens with this view."""
    return DeskSettings.objects.filter(start=f"view:{view.pk}").count()


def settings_of(user: User) -> DeskSettings:
    return DeskSettings.objects.filter(user=user).first() or DeskSettings(user=user)
