"""What is refused when a chain is saved, with the place and the reason."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from accounts.errors import InvalidInput
from accounts.models import Team, User
from accounts.permissions import Permission
from incidents.escalation import deeds
from incidents.escalation.models import LARGEST_SHARE, SHARES, Chain, ChainStep
from incidents.tickets.categories import Tree

Deed = ChainStep.Deed


def require_sound(chain: Chain, *, are_people_here: bool = True) -> None:
    """The chain with its steps as they are in the database now, among the others.

    Levels without anybody are fine where people come later (`are_people_here`): teams and roles come with the
    configuration file, who is in them does not.

    Raises:
        InvalidInput: every fault of its steps, or the circle that it closes with others.
    """
    steps = list(chain.steps.select_related("person", "team", "level__team", "level__role"))
    faults = list(faults_of(chain, steps, are_people_here=are_people_here))
    if chain.is_active and not faults:
        faults = list(_circle(chain))
    if faults:
        raise InvalidInput(" ".join(faults))


def faults_of(
    chain: Chain, steps: list[ChainStep], *, are_people_here: bool = True
) -> Iterator[str]:
    if not steps:
        yield _("A chain needs at least one step.")
    if chain.when == Chain.When.INSIDE and chain.when_calendar and not any(chain.when_calendar.week):  # fmt: skip
        yield _("“%(calendar)s” has no hours, so this chain would never run.") % {"calendar": chain.when_calendar}  # fmt: skip
    before: dict[str, int] = {}
    for number, step in enumerate(steps, start=1):
        for fault in _faults(chain, step, are_people_here):
            yield _("Step %(n)d: %(fault)s") % {"n": number, "fault": fault}
        if step.after < before.get(step.basis, 0):
            yield _("Step %(n)d: it comes before the one above it. Put the steps in order.") % {"n": number}  # fmt: skip
        before[step.basis] = step.after


def _faults(chain: Chain, step: ChainStep, are_people_here: bool) -> Iterator[str]:  # noqa: FBT001 (one caller)
    if step.basis in SHARES and step.after > LARGEST_SHARE:
        yield _("%(most)d %% is the largest share of a promised time.") % {"most": LARGEST_SHARE}
    match step.deed:
        case Deed.TELL:
            if not (step.person or step.tells_assignee or step.tells_leads):
                yield _("say who is told: a person, the assignee or the leads.")
            if step.tells_assignee and step.basis == ChainStep.Basis.UNASSIGNED:
                yield _("there is no assignee to tell while nobody has it.")
        case Deed.HAND_OVER:
            if not (step.person or step.team):
                yield _("say to whom it goes: a team or a person.")
            if step.team and step.team_id == chain.team_id and not step.person:
                yield _("%(team)s has the ticket already.") % {"team": step.team}
        case Deed.CALL:
            if step.level is None:
                yield _("choose the level that is called.")
            elif are_people_here and not deeds.people_of_level(step.level):
                yield _("nobody is in the level “%(level)s”.") % {"level": step.level}
    if step.team and step.team.is_retired:
        yield _("%(team)s takes no tickets any more.") % {"team": step.team}
    if step.person:
        yield from _of_person(step.person, step)


def _of_person(person: User, step: ChainStep) -> Iterator[str]:
    if not person.is_active or person.is_system:
        yield _("%(person)s is no longer here.") % {"person": person}
    elif step.deed == Deed.HAND_OVER and not person.permits.anywhere(Permission.TICKETS_WORK):
        yield _("%(person)s does not work on tickets.") % {"person": person}
    elif not person.permits.anywhere(Permission.TICKETS_SEE):
        yield _("%(person)s does not see tickets.") % {"person": person}


# Circles --------------------------------------------------------------------------------------------------------


def _circle(chain: Chain) -> Iterator[str]:
    """Teams that hand a ticket round and round: each by a step of the chain that is its own."""
    chains = list(Chain.objects.filter(is_active=True).select_related("team").prefetch_related("steps__team"))  # fmt: skip
    tree = Tree.load()
    path = _way_back(chain, chain.pk, chains, tree, [])
    if path:
        names = " → ".join(f"“{one}”" for one in [*path, path[0]])
        yield _("Tickets would go round without end: %(chains)s. Let one of them end with people instead of a team.") % {"chains": names}  # fmt: skip


def _way_back(
    here: Chain, to: int, chains: Iterable[Chain], tree: Tree, path: list[Chain]
) -> list[Chain]:
    path = [*path, here]
    for team in _hands_to(here):
        for other in chains:
            if not _may_follow(here, team, other, tree):
                continue
            if other.pk == to and len(path) > 1:
                return path
            if other not in path and (found := _way_back(other, to, chains, tree, path)):
                return found
    return []


def _hands_to(chain: Chain) -> list[Team]:
    return [
        step.team
        for step in chain.steps.all()
        if step.deed == Deed.HAND_OVER and step.team and not step.person_id
    ]


def _may_follow(here: Chain, team: Team, other: Chain, tree: Tree) -> bool:
    """Can a ticket of the one chain, once this team has it, be of the other one?"""
    if other.pk == here.pk or other.team_id not in {None, team.pk}:
        return False
    pairs = ((here.service_id, other.service_id), (here.type_id, other.type_id))
    if any(one and two and one != two for one, two in pairs):
        return False
    if here.category_id and other.category_id:
        one = tree.subtree(tree.by_pk[here.category_id])
        return not one.isdisjoint(tree.subtree(tree.by_pk[other.category_id]))
    return True
