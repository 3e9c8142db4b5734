"""What a provider's groups give: roles that are held now against those that they should bring."""

from collections.abc import Collection
from dataclasses import dataclass, field

from accounts.models import Grant, Role, Team, User
from accounts.sso.models import GivenByGroup, Provider

Place = tuple[int, int | None]
"""Role and team."""


@dataclass
class Difference:
    """`gain` comes, `lose` goes, `stay` came from a group and stays. What was given by hand is in none of them."""

    gain: list[tuple[Role, Team | None]] = field(default_factory=list)
    lose: list[GivenByGroup] = field(default_factory=list)
    stay: list[GivenByGroup] = field(default_factory=list)
    by_hand: list[Grant] = field(default_factory=list)
    """Held anyway, given by somebody; a group would give it, too. It stays whatever the group says."""
    unused: list[str] = field(default_factory=list)
    """Groups that no rule is about."""

    def __bool__(self) -> bool:
        return bool(self.gain or self.lose)


def compare(person: User | None, *, provider: Provider, groups: Collection[str]) -> Difference:
    """What these groups would change for the person; without one, for somebody who is new."""
    told = set(groups)
    rules = list(provider.rules.select_related("role", "team").filter(is_on=True))
    wanted = {
        (rule.role_id, rule.team_id): (rule.role, rule.team)
        for rule in rules
        if rule.group in told
        and not rule.role.is_everybody
        and not (rule.team and rule.team.is_retired)
    }
    difference = Difference(unused=sorted(told - {rule.group for rule in rules}))
    held: dict[Place, Grant] = {}
    if person is not None and person.pk:
        found = Grant.objects.filter(user=person).select_related(
            "role", "team", "user", "given_by_group"
        )
        held = {(grant.role_id, grant.team_id): grant for grant in found}
    for place, grant in held.items():
        mark = getattr(grant, "given_by_group", None)
        if mark is not None and mark.provider_id == provider.pk:
            mark.grant = grant
            (difference.stay if place in wanted else difference.lose).append(mark)
        elif place in wanted:
            difference.by_hand.append(grant)
    difference.gain = [one for place, one in wanted.items() if place not in held]
    return difference
