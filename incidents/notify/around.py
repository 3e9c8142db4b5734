"""The people around an event, and which of them may hear of it. Groups that cost a query are fetched once."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from functools import cached_property

from django.db.models import Subquery

from accounts.models import Grant, Role, User
from accounts.permissions import Permission
from accounts.permits import combine
from incidents.notify.wishes import Reach, reach, reach_columns
from incidents.tickets.models import Event, Follower, Ticket
from incidents.workflow.priority import Priority
from incidents.workflow.states import Status

MOST_RECEIPTS, RECEIPTS_WITHIN = 3, timedelta(hours=1)


class Around:
    """Groups of people, by their keys. Rules name these methods."""

    def __init__(self, event: Event) -> None:
        self.event = event
        self.ticket = event.ticket
        self.by_staff = bool(event.data.get("by_staff"))
        self._seen_as_staff: dict[int, bool] = {}

    def parties(self) -> set[int]:
        """Who is affected and who reported it."""
        return {self.ticket.requester_id, self.ticket.reporter_id}

    def known_parties(self) -> set[int]:
        """They, without somebody of whom we have no more than a mail: nothing that a stranger wrote goes to an address
        that may be another's. Nor do more than a few an hour hear of what came by mail: a machine may write it; nor
        whoever let in a mail of somebody else: it is no report of theirs."""
        if self.ticket.origin != Ticket.Origin.MAIL:
            return self.parties()
        lately = Ticket.objects.filter(
            requester=self.ticket.requester_id,
            origin=Ticket.Origin.MAIL,
            created_at__gt=self.event.occurred_at - RECEIPTS_WITHIN,
        )
        if lately.exclude(pk=self.ticket.pk).count() >= MOST_RECEIPTS:
            return set()
        reported = {self.ticket.requester_id} | (self.parties() - {self.event.actor_id})
        known = User.objects.filter(pk__in=reported, is_contact=False)
        return set(known.values_list("pk", flat=True))

    def parties_if_told(self) -> set[int]:
        """They, where the ticket was merged and whoever did it ticked that they hear of it."""
        return self.parties() if self.event.data.get("tell") else set()

    def assignee_of_merged(self) -> set[int]:
        """Who had the ticket that goes on in another one now."""
        return set() if self.event.data["back"] else self.assignee()

    def requester(self) -> set[int]:
        """Who is affected."""
        return {self.ticket.requester_id}

    def on_it(self) -> set[int]:
        """Everybody who gets the public updates: parties and followers."""
        return self.parties() | set(self._followers)

    def asked_or_answered(self) -> set[int]:
        """Who gets a reply: everybody where the desk speaks; else not those who only said “me too”.

        Two hundred of them are not written to by each other.
        """
        if self.by_staff:
            return self.on_it()
        return self.parties() | {
            one for one, only_joined in self._followers.items() if not only_joined
        }

    def followers(self) -> set[int]:
        return set(self._followers)

    def named(self) -> set[int]:
        """Whom the event is about."""
        return {self.event.data["who"]}

    def told(self) -> set[int]:
        """Whom a step of escalation, or whoever escalated by hand, called."""
        return set(self.event.data.get("told", ()))

    def mentioned(self) -> set[int]:
        """Whom a note names, by themselves or with their team."""
        return set(self.event.data.get("mentioned", ()))

    def assignee(self) -> set[int]:
        return {self.ticket.assignee_id} if self.ticket.assignee_id else set()

    def previous_assignee(self) -> set[int]:
        previous = self.event.data.get("was", {}).get("assignee_id")
        return {previous} if previous else set()

    def assignee_again(self) -> set[int]:
        """Who has it again, because giving it to somebody else was undone."""
        return {self.event.data["set"].get("assignee_id")} - {None}

    def on_it_if_not_solved(self) -> set[int]:
        """Everybody who was told that it is solved, which was undone."""
        return self.on_it() if self.event.data["was"].get("status") == Status.RESOLVED else set()

    def assignee_asked(self) -> set[int]:
        """The assignee, when somebody outside the desk spoke."""
        return set() if self.by_staff else self.assignee()

    def team(self) -> set[int]:
        return self._team

    def team_if_nobody_has_it(self) -> set[int]:
        return set() if self.by_staff or self.assignee() else self._team

    def team_if_now_critical(self) -> set[int]:
        was = self.event.data.get("was", {}).get("priority")
        now = self.event.data.get("set", {}).get("priority")
        return self._team if now == Priority.P1 != was else set()

    def who_keeps_the_promise(self) -> set[int]:
        """Who has the ticket; where nobody does, who leads its team; where nobody leads it, the team."""
        if self.event.data.get("is_overtaken"):
            return set()
        return self.assignee() or self._leads or self._team

    def who_keeps_the_promise_if_urgent(self) -> set[int]:
        urgent = self.ticket.priority <= Priority.P2
        return self.who_keeps_the_promise() if urgent else set()

    def named_by_policy(self) -> set[int]:
        """People and teams that the policy says hear of it, too."""
        if self.event.data.get("is_overtaken"):
            return set()
        teams = self.event.data.get("teams")
        members = Grant.objects.filter(team__in=teams) if teams else Grant.objects.none()
        held = members.values_list("user_id", "role__permissions")
        found = {person for person, allowed in held if Permission.TICKETS_WORK in allowed}
        return found | set(self.event.data.get("people", ()))

    def may_hear(self, people: Iterable[int]) -> dict[int, Reach]:
        """Those who are still here and may see the event: `Event.objects.visible_to` for many people at once.

        With where each can be told, which is asked along.
        """
        reaches, self._seen_as_staff = self._known(people)
        return {
            person: reaches[person]
            for person, sees_as_staff in self._seen_as_staff.items()
            if sees_as_staff or (self.event.is_public and self._is_on_it(person))
        }

    def hears_at_work(self, person: int) -> bool:
        """Whether one of those who were asked for by `may_hear` is told for their work, not for a matter of their own."""
        return self._seen_as_staff.get(person, False) and person not in self.parties()

    def _is_on_it(self, person: int) -> bool:
        return person in self.parties() or person in self._followers

    @cached_property
    def _followers(self) -> dict[int, bool]:
        """By key, and whether that “me too” is all that brought them."""
        found = Follower.objects.filter(ticket=self.ticket.pk)
        if self.ticket.is_kept_apart:
            found = found.filter(is_chosen=True)
        rows = found.values_list("user_id", "has_joined", "is_chosen")
        return {person: has_joined and not chosen for person, has_joined, chosen in rows}

    @cached_property
    def _team(self) -> set[int]:
        """Who may work by a role in the ticket's team; without a team, who may everywhere."""
        held = Grant.objects.filter(team=self.ticket.team_id)
        rows = held.values_list("user_id", "role__permissions")
        return {person for person, permissions in rows if Permission.TICKETS_WORK in permissions}

    @cached_property
    def _leads(self) -> set[int]:
        held = Grant.objects.filter(team=self.ticket.team_id, team__isnull=False)
        rows = held.values_list("user_id", "role__permissions")
        return {person for person, permissions in rows if Permission.TEAM_LEAD in permissions}

    def _known(self, people: Iterable[int]) -> tuple[dict[int, Reach], dict[int, bool]]:
        """Active people: where each can be told, and whether they see the ticket as staff."""
        everybody = Role.objects.filter(is_everybody=True).order_by("pk").values("permissions")[:1]
        rows = (
            User.objects.people()
            .filter(pk__in=people)
            .annotate(everybody=Subquery(everybody))
            .values_list(
                "pk", "everybody", "grants__role__permissions", "grants__team", *reach_columns()
            )
        )
        reaches: dict[int, Reach] = {}
        held: dict[int, list[tuple[list[str], int | None]]] = defaultdict(list)
        for person, by_everybody, by_role, team, *columns in rows:
            reaches[person] = reach(columns)
            held[person] += [(by_everybody or [], None), (by_role or [], team)]
        return reaches, {
            person: combine(roles).allows(
                Permission.TICKETS_SEE, self.ticket.team, confined=self.ticket.is_confined
            )
            for person, roles in held.items()
        }
