"""Somebody leaves: what they have, where it goes, and their access ends.

Few tickets go in the same transaction; many are left to the queue, which takes whatever is still theirs, so a stopped
worker loses nothing and does nothing twice. Who deactivates people need not work on tickets: where they may not give one
to somebody, the desk does it in its own name. What a colleague may not have goes to its team's queue, and is named.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from accounts import actions as people
from accounts.errors import InvalidInput, Refused
from accounts.models import Absence, Team, User
from accounts.permissions import Permission
from incidents.desk.models import CannedReply, Handover, Macro, SavedView, Scope
from incidents.tickets import actions, policies
from incidents.tickets.models import Ticket, TicketQuerySet
from knowledge import actions as knowledge
from knowledge import policies as article_policies
from knowledge.models import Article, Review

AT_ONCE = 100
"""Tickets that go in the transaction of the deactivation itself."""
AT_A_TIME = 50
MOST_COLLEAGUES = 200
MOST_NAMED = 200
LEASE = timedelta(minutes=2)
KEEP_FOR = timedelta(weeks=6)


@dataclass(frozen=True)
class Pile:
    """Open tickets of one team that somebody has, and who could have them."""

    team: Team | None
    count: int
    colleagues: list[User]

    @property
    def name(self) -> str:
        return f"team-{self.team.pk if self.team else 0}"


@dataclass(frozen=True)
class Holdings:
    """What somebody has."""

    piles: list[Pile]
    articles: int
    editors: list[User]
    reviews: int
    absences: int
    shared: int
    """Views, canned replies and macros that they made and others use."""
    own: int
    """Those for themselves alone."""
    leads: list[str]
    leads_alone: list[str]

    @property
    def tickets(self) -> int:
        return sum(pile.count for pile in self.piles)

    @property
    def is_anything_open(self) -> bool:
        return bool(self.piles or self.articles or self.reviews)


def has_open_work(person: User) -> bool:
    return open_tickets(person).exists() or _articles(person).exists()


def holdings_of(person: User) -> Holdings:
    counted = open_tickets(person).order_by().values_list("team").annotate(n=Count("pk"))
    teams = Team.objects.in_bulk([pk for pk, _n in counted if pk])
    piles = [Pile(teams.get(pk), n, colleagues_for(teams.get(pk), but=person)) for pk, n in counted]
    piles.sort(key=lambda pile: (pile.team is None, pile.team.name if pile.team else ""))
    articles = _articles(person).count()
    today = timezone.localdate(timezone=person.zone)
    shared = own = 0
    for model in (SavedView, CannedReply, Macro):
        made = model.objects.filter(owner=person)
        own += made.filter(scope=Scope.MINE).count()
        shared += made.exclude(scope=Scope.MINE).count()
    led = list(Team.objects.filter(pk__in=person.permits.teams_with(Permission.TEAM_LEAD)))
    return Holdings(
        piles=piles,
        articles=articles,
        editors=_editors(but=person) if articles else [],
        reviews=Review.objects.filter(reviewer=person, decision=Review.Decision.OPEN).count(),
        absences=Absence.objects.filter(user=person, ends_on__gte=today).count(),
        shared=shared,
        own=own,
        leads=[team.name for team in led],
        leads_alone=[team.name for team in led if not _other_leads(team, person)],
    )


def open_tickets(person: User) -> TicketQuerySet:
    return Ticket.objects.filter(assignee=person).open()


def colleagues_for(team: Team | None, *, but: User) -> list[User]:
    found = User.objects.people().holding(Permission.TICKETS_WORK, team).exclude(pk=but.pk)
    return list(found.order_by("display_name", "pk")[:MOST_COLLEAGUES])


def _editors(*, but: User) -> list[User]:
    found = User.objects.people().holding_anywhere(Permission.ARTICLES_WRITE).exclude(pk=but.pk)
    return list(found.order_by("display_name", "pk")[:MOST_COLLEAGUES])


def _other_leads(team: Team, person: User) -> bool:
    leads = User.objects.people().filter(grants__team=team).exclude(pk=person.pk)
    return any(one.permits.of_member(Permission.TEAM_LEAD, team.pk) for one in leads.distinct())


def _articles(person: User) -> QuerySet[Article]:
    return Article.objects.filter(owner=person).exclude(state=Article.State.ARCHIVED)


# Leaving --------------------------------------------------------------------------------------------------------


@transaction.atomic
def leave(
    person: User, *, by: User, tickets: Mapping[str, int | None], articles_to: User | None
) -> Handover:
    """End the person's access and hand over what they have; `tickets` says by team's key who gets them.

    Raises:
        Refused: they can't be deactivated by `by`, or somebody named can't be given anything.
    """
    named = User.objects.people().in_bulk([pk for pk in tickets.values() if pk])
    if any(pk not in named or pk == person.pk for pk in tickets.values() if pk):
        raise InvalidInput(_("Choose somebody from the list."), field="tickets")
    person = people.deactivate(person, by=by)
    kept = {team: pk for team, pk in tickets.items() if pk}
    handover = Handover.objects.create(person=person, by=by, targets=kept)
    _hand_over_articles(handover, articles_to)
    knowledge.free_reviews(person)
    if open_tickets(person)[: AT_ONCE + 1].count() <= AT_ONCE:
        while _some(handover):
            pass
        _finish(handover)
    else:
        transaction.on_commit(lambda: nudge(handover.pk))
    return handover


def nudge(pk: int) -> None:
    """Let the worker look at once; without this the sweep finds it within a minute."""
    async_task("incidents.desk.jobs.hand_over", pk, task_name="handover", save=False)


def forgotten() -> list[int]:
    """Handovers that nobody works on."""
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    waiting = Handover.objects.filter(free, finished_at=None)
    return list(waiting.order_by("pk").values_list("pk", flat=True)[:100])


def go_on(pk: int) -> None:
    """Hand over whatever is still theirs, some at a time, each portion in a transaction of its own."""
    while True:
        now = timezone.now()
        free = Q(leased_until=None) | Q(leased_until__lt=now)
        mine = Handover.objects.filter(free, pk=pk, finished_at=None)
        if not mine.update(leased_until=now + LEASE):
            return
        with transaction.atomic():
            handover = Handover.objects.select_related("person", "by").get(pk=pk)
            if not _some(handover):
                _finish(handover)
        Handover.objects.filter(pk=pk).update(leased_until=None)


def forget_old() -> None:
    """What could not go as meant names tickets and people; after some weeks nobody asks for it any more."""
    Handover.objects.filter(finished_at__lt=timezone.now() - KEEP_FOR).delete()


def _finish(handover: Handover) -> None:
    handover.finished_at = timezone.now()
    handover.save(update_fields=["finished_at"])


def _some(handover: Handover) -> int:
    """Hand over some tickets; how many of them went."""
    stuck = [what for what, _why in handover.refused]
    left = open_tickets(handover.person).order_by("pk").select_related("team", "category")
    targets = User.objects.people().in_bulk(list(handover.targets.values()))
    went = 0
    for ticket in left[:AT_A_TIME]:
        to = targets.get(handover.targets.get(str(ticket.team_id or 0), 0))
        went += _hand_over(handover, ticket, to, is_known=ticket.ref in stuck)
    handover.save(update_fields=["given", "queued", "refused"])
    return went


def _hand_over(handover: Handover, ticket: Ticket, to: User | None, *, is_known: bool) -> bool:
    """Give the ticket to a colleague, or back to its team where that is refused or nobody was named."""
    by = handover.by if policies.can_assign(handover.by, ticket) else User.objects.system()
    if to:
        try:
            actions.assign(ticket, to=to, by=by)
        except Refused as refusal:
            _note(handover, ticket.ref, refusal.message, is_known=is_known)
        else:
            handover.given += 1
            return True
    try:
        actions.release(ticket, by=by)
    except Refused as refusal:
        _note(handover, ticket.ref, refusal.message, is_known=is_known)
        return False
    handover.queued += 1
    return True


def _hand_over_articles(handover: Handover, to: User | None) -> None:
    for article in _articles(handover.person).select_related("section").order_by("pk"):
        may = article_policies.can_settle(handover.by, article)
        by = handover.by if may else User.objects.system()
        try:
            knowledge.set_owner(article, by=by, owner=to)
        except Refused as refusal:
            _note(handover, article.title, refusal.message)
            knowledge.set_owner(article, by=by, owner=None)
    handover.save(update_fields=["refused"])


def _note(handover: Handover, what: str, why: str, *, is_known: bool = False) -> None:
    if not is_known and len(handover.refused) < MOST_NAMED:
        handover.refused.append([what, why])
