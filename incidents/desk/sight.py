"""What a person can see and do, and why: told by the predicates that decide it, never by rules of its own."""

from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Team, User
from accounts.permissions import EXPLAINED, Permission
from incidents.desk.forms import ticket_number
from incidents.tickets import policies
from incidents.tickets.categories import Tree
from incidents.tickets.models import Ticket
from knowledge.models import Article, Audience, audiences_of

LONGEST = 200


@dataclass(frozen=True)
class Held:
    """A permission, and where it is held."""

    permission: Permission
    line: str
    everywhere: bool
    teams: list[str]


@dataclass(frozen=True)
class Queue:
    """A team's tickets: whether they are seen and worked on."""

    team: Team
    sees: bool
    works: bool


@dataclass(frozen=True)
class Sight:
    held: list[Held]
    queues: list[Queue]
    confined: list[tuple[str, str, bool]]
    """Confidential categories: path, team, whether its tickets are seen as staff."""
    audiences: list[str]
    sees_unowned: bool


@dataclass(frozen=True)
class Verdict:
    """Yes or no, with what makes it so."""

    what: str
    url: str
    yes: bool
    reasons: list[str] = field(default_factory=list)


def sight_of(person: User) -> Sight:
    permits = person.permits
    teams = list(Team.objects.filter(is_retired=False))
    names = {team.pk: team.name for team in teams}
    held = [
        Held(
            permission,
            str(EXPLAINED[permission].line),
            permission in permits.everywhere,
            [names[pk] for pk in permits.teams_with(permission) if pk in names],
        )
        for permission in Permission
        if permits.anywhere(permission)
    ]
    queues = [
        Queue(
            team,
            permits.allows(Permission.TICKETS_SEE, team),
            permits.allows(Permission.TICKETS_WORK, team),
        )
        for team in teams
    ]
    tree = Tree.load()
    confined = []
    for _depth, node in tree.walk():
        if node.category.is_confined and not node.category.is_retired:
            team = tree.team_of(node.category)
            sees = bool(team) and permits.allows(Permission.TICKETS_SEE, team, confined=True)
            confined.append((tree.label(node.category), team.name if team else "", sees))
    return Sight(
        held, queues, confined, _audiences(person), permits.anywhere(Permission.TICKETS_SEE)
    )


def _audiences(person: User) -> list[str]:
    told = [str(Audience(one).label) for one in audiences_of(person)] if person.is_active else []
    if person.is_active and person.department:
        told.append(_("what is for the department %(name)s") % {"name": person.department})
    teams = Team.objects.filter(pk__in=person.permits.by_team)
    told += [_("what is for the team %(name)s") % {"name": team.name} for team in teams]
    if person.is_editor:
        told.append(_("everything in the article categories where they write"))
    return told


def judge(person: User, words: str, *, reader: User) -> Verdict | None:
    """May the person see the ticket or article that the words name? None where `reader` sees none of that name.

    Who asks must see it themselves: the answer says who reported it, and that it exists.
    """
    words = words.replace("\x00", "").strip()[:LONGEST]
    number = ticket_number(words)
    if number is not None:
        ticket = (
            Ticket.objects.visible_to(reader)
            .select_related("team", "category", "requester")
            .filter(number=number)
            .first()
        )
        return _of_ticket(person, ticket) if ticket else None
    slug = words.rstrip("/").rpartition("/")[2]
    named = Q(slug=slug) | Q(title__iexact=words)
    article = Article.objects.visible_to(reader).filter(named).order_by("pk").first()
    return _of_article(person, article) if article else None


def _of_ticket(person: User, ticket: Ticket) -> Verdict:
    yes = person.is_active and Ticket.objects.visible_to(person).filter(pk=ticket.pk).exists()
    what = f"{ticket.ref} {ticket.title}"
    reasons = _why_ticket(person, ticket) if yes else _why_no_ticket(person, ticket)
    return Verdict(what, ticket.get_absolute_url(), yes, reasons)


def _why_ticket(person: User, ticket: Ticket) -> list[str]:
    why = []
    if policies.is_party(person, ticket):
        why.append(_("They reported it, or it is about them."))
    if policies.can_see_as_staff(person, ticket):
        team = ticket.team.name if ticket.team else _("no team")
        why.append(
            _("By their roles they see tickets of %(team)s, with the internal notes.")
            % {"team": team}
        )
    if policies.is_follower(person, ticket):
        why.append(_("They follow it."))
    if policies.is_colleague(person, ticket):
        why.append(_("Their department shares its tickets."))
    if not policies.can_see_as_staff(person, ticket):
        why.append(_("They don't see its internal notes."))
    return why


def _why_no_ticket(person: User, ticket: Ticket) -> list[str]:
    if not person.is_active:
        return [_("They can't sign in any more.")]
    why = [_("They neither reported it nor follow it.")]
    if not person.permits.anywhere(Permission.TICKETS_SEE):
        why.append(_("No role of theirs shows tickets of others."))
    elif ticket.is_confined:
        why.append(
            _("Its category is confidential: only the team that handles it sees it, and they have no role there.")
        )  # fmt: skip
    elif ticket.team and ticket.team.is_private:
        why.append(
            _("The team %(team)s is private, and they have no role in it.")
            % {"team": ticket.team.name}
        )
    else:
        team = ticket.team.name if ticket.team else _("no team")
        why.append(_("It is with %(team)s, and none of their roles counts there.") % {"team": team})
    return why


def _of_article(person: User, article: Article) -> Verdict:
    yes = person.is_active and Article.objects.visible_to(person).filter(pk=article.pk).exists()
    why = [_("It is for: %(audience)s.") % {"audience": article.get_audience_display()}]
    if not article.is_published:
        why.append(_("It is not published, so only who writes in its category sees it."))
    if not person.is_active:
        why.append(_("They can't sign in any more."))
    elif person.is_editor and yes:
        why.append(_("They write articles, and see what is in the categories where they do."))
    return Verdict(article.title, article.get_absolute_url(), yes, why)
