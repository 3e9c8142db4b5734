"""Who may share views, canned replies and macros, and change what is shared.

One's own are one's own. A team's are made by who leads the team, everybody's by who leads all of them.
"""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from accounts.models import Team, User
from accounts.permissions import Permission
from incidents.desk.models import Scope, Shared


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


class SharedForm(forms.ModelForm):
    """For whom it is: `scope` and `team`, as far as `by` may share at all. Forms of shared things extend it."""

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
        return super().save(commit=commit)
