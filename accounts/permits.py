"""What one person may do, worked out once a request from the roles they hold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from accounts.permissions import ADMINISTERING, Permission

SECOND_STEP = "second_step_elsewhere"
"""In a session: its second factor was shown to a provider whose word counts here."""


class TeamLike(Protocol):
    pk: int
    is_private: bool


@dataclass(frozen=True)
class Permits:
    """Permissions held everywhere, and within teams (by the team's key).

    A role held everywhere does not reach into a private team; a role held in that team does.
    """

    everywhere: frozenset[str] = frozenset()
    by_team: Mapping[int, frozenset[str]] = field(default_factory=dict)

    def allows(
        self, permission: Permission, team: TeamLike | None = None, *, confined: bool = False
    ) -> bool:
        """May they, in this team? Without a team: everywhere, or in any team at all.

        What is `confined` is open to the team that handles it alone, as everything of a private team is.
        """
        if team is None:
            return not confined and self.anywhere(permission)
        if permission in self.by_team.get(team.pk, ()):
            return True
        return permission in self.everywhere and not (team.is_private or confined)

    def anywhere(self, *permissions: Permission | str) -> bool:
        """Is one of these permissions held, everywhere or in some team?"""
        held = self.everywhere.union(*self.by_team.values())
        return any(permission in held for permission in permissions)

    def of_member(self, permission: Permission, team: int) -> bool:
        """Is it held by somebody of this team: by a role there, or everywhere by one who has some role there?"""
        held = self.by_team.get(team)
        return held is not None and (permission in held or permission in self.everywhere)

    def teams_with(self, permission: Permission) -> list[int]:
        """Keys of the teams in which the permission is held by a role in that team."""
        return sorted(team for team, held in self.by_team.items() if permission in held)


def combine(rows: Iterable[tuple[list[str], int | None]]) -> Permits:
    """Permits from pairs of a role's permissions and the team it is held in (None: everywhere).

    Administration is of the whole house: a role held in one team gives none of it.
    """
    everywhere: set[str] = set()
    by_team: dict[int, set[str]] = {}
    for permissions, team in rows:
        held = everywhere if team is None else by_team.setdefault(team, set())
        held.update(permissions if team is None else set(permissions) - ADMINISTERING)
    return Permits(frozenset(everywhere), {team: frozenset(held) for team, held in by_team.items()})


NOTHING = Permits()
