"""Who may share views, canned replies and macros, and change what is shared.

One's own are one's own. A team's are made by who leads the team, everybody's by who leads all of them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from accounts.actions.record import record_added, record_changed, record_removed, snapshot
from accounts.models import Team, User
from accounts.permissions import Permission
from incidents.desk.models import Scope, Shared

NOT_NOTED = {"created_at", "changed_at", "uses"}
"""Fields that change by themselves."""


def teams_led_by(user: User) -> QuerySet[Team]:
    if user.is_system:
        return Team.objects.filter(is_retired=False)
    permits = user.permits
    led = Q(pk__in=permits.teams_with(Permission.TEAM_LEAD))
    if Permission.TEAM_LEAD in permits.everywhere:
        led |= Q(is_private=False)
    return Team.objects.filter(led, is_retired=False)


def can_change(user: User, one: Shared) -> bool:
    """Change or delete it; the rest may use it."""
    if user.is_system:
        return one.scope != Scope.MINE
    if one.scope == Scope.MINE:
        return one.owner_id == user.pk
    if one.scope == Scope.TEAM and one.team is not None:
        return user.permits.allows(Permission.TEAM_LEAD, one.team)
    return Permission.TEAM_LEAD in user.permits.everywhere


@contextmanager
def noted(one: Shared, *, by: User) -> Iterator[None]:
    """Note in the log of administration what happens to something shared; what is one person's alone is theirs."""
    rows: Any = type(one)._base_manager
    pk = one.pk
    with transaction.atomic():
        before = rows.filter(pk=pk).exclude(scope=Scope.MINE).first() if pk else None
        was = _kept(before) if before else {}
        yield
        now = rows.filter(pk=pk or one.pk).exclude(scope=Scope.MINE).first()
        if before and now:
            record_changed(now, by=by, before=was, after=_kept(now))
        elif before:
            record_removed(before, by=by, before=was)
        elif now:
            record_added(now, by=by)


def _kept(one: Shared) -> dict[str, Any]:
    return {name: value for name, value in snapshot(one).items() if name not in NOT_NOTED}


class SharedForm(forms.ModelForm):
    """For whom it is: `scope` and `team`, as far as `by` may share at all. Forms of shared things extend it."""

    notes_itself = True

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        scope, team = self.fields["scope"], self.fields["team"]
        team.queryset = teams_led_by(by)  # type: ignore[attr-defined]
        team.required = False
        team.empty_label = gettext("Choose")  # type: ignore[attr-defined]
        scopes = [Scope.MINE]
        if by.permits.anywhere(Permission.TEAM_LEAD):
            scopes.append(Scope.TEAM)
        if Permission.TEAM_LEAD in by.permits.everywhere:
            scopes.append(Scope.EVERYBODY)
        scope.choices = [(one.value, one.label) for one in scopes]  # type: ignore[attr-defined]
        if len(scopes) == 1:
            scope.widget, scope.required = forms.HiddenInput(), False
            team.widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        given["scope"] = given.get("scope") or Scope.MINE
        if given["scope"] != Scope.TEAM:
            given["team"] = None
        elif not given.get("team") and "team" not in self.errors:
            self.add_error("team", gettext("Choose the team that may use it."))
        return given

    def save(self, commit: bool = True) -> Any:  # noqa: FBT001, FBT002 (Django's signature)
        if self.instance.pk is None or self.instance.scope == Scope.MINE:
            self.instance.owner = self.by
        if not commit:
            return super().save(commit=False)
        with noted(self.instance, by=self.by):
            return super().save()
