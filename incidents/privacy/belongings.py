"""What there is of a person beside tickets, place by place: what goes, what is blanked, and what only points at them.

A test walks all tables and fails on a link to people that stands in none of these lists.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db.models import Model, Q

from accounts.models import Absence, AccessToken, Invitation, User
from incidents.api.models import Made
from incidents.desk.models import (
    BulkRun,
    CannedReply,
    DeskSettings,
    Gap,
    Handover,
    Macro,
    SavedView,
    Scope,
)
from incidents.live.models import BoardPresence, Presence
from incidents.notify.models import ChatAddress, Choice, Delivery, Device, Habits
from incidents.portal.models import Avoided, Dismissal, FeedAddress
from incidents.tickets.models import DeskReading, Draft, IdempotencyKey, Reading, Ticket
from knowledge.models import ArticleDraft, Feedback, Review, Search, Subscription

AT_ONCE = 500


@dataclass(frozen=True)
class Place:
    """Rows of one table that belong to a person by this field. Without `blanks` they go."""

    model: type[Model]
    field: str
    blanks: dict[str, Any] | None = None
    only: Q | None = None
    only_words: bool = False
    """Only where what they wrote goes, too."""
    before: Callable[[list[Any]], None] | None = None

    @property
    def key(self) -> str:
        return f"{self.model._meta.label_lower}.{self.field}"

    def rows(self, person: User) -> Any:
        rows: Any = self.model._base_manager
        found = rows.filter(**{self.field: person.pk})
        return found.filter(self.only) if self.only else found


def _forget_gaps(searches: list[Search]) -> None:
    """What somebody searched for also stands among the words of a gap, until the next night finds them anew."""
    words = {search.words for search in searches}
    for gap in Gap.objects.all().iterator():
        left = [one for one in gap.words if one not in words]
        if left != gap.words:
            gap.words = left
            gap.save(update_fields=["words"])


MINE = Q(scope=Scope.MINE)
PLACES = (
    Place(Authenticator, "user"),
    Place(EmailAddress, "user"),
    Place(SocialAccount, "user"),
    Place(Invitation, "person"),
    Place(AccessToken, "person"),
    Place(Absence, "user"),
    Place(Absence, "entered_by", {"note": ""}),
    Place(Draft, "user"),
    Place(ArticleDraft, "user"),
    Place(IdempotencyKey, "actor"),
    Place(Made, "person"),
    Place(Reading, "user"),
    Place(DeskReading, "user"),
    Place(Dismissal, "user"),
    Place(FeedAddress, "user"),
    Place(Avoided, "user", {"words": ""}),
    Place(Search, "user", before=_forget_gaps),
    Place(Subscription, "user"),
    Place(Feedback, "user", {"comment": ""}),
    Place(Feedback, "answered_by", {"answer": ""}, only_words=True),
    Place(Review, "asked_by", {"message": ""}, only_words=True),
    Place(Review, "decided_by", {"comment": ""}, only_words=True),
    Place(Choice, "user"),
    Place(Habits, "user"),
    Place(Device, "user"),
    Place(ChatAddress, "user"),
    Place(Delivery, "recipient"),
    Place(Presence, "user"),
    Place(BoardPresence, "user"),
    Place(DeskSettings, "user"),
    Place(SavedView, "owner", only=MINE),
    Place(CannedReply, "owner", only=MINE),
    Place(Macro, "owner", only=MINE),
    Place(BulkRun, "by"),
    Place(Handover, "person"),
)

POINTS_ONLY = frozenset(
    {
        # at once, with the account
        "usersessions.usersession.user", "accounts.grant.user",
        # who did it: by the name that they have now
        "accounts.adminchange.actor", "accounts.auditentry.actor", "accounts.team.last_in_turn",
        "accounts.invitation.by", "accounts.accesstoken.made_by", "desk.handover.by",
        "knowledge.article.owner", "knowledge.article.publish_by", "knowledge.article.author",
        "knowledge.revision.author", "knowledge.review.reviewer", "knowledge.reviewtask.done_by",
        "knowledge.synonym.changed_by", "knowledge.articlefile.uploaded_by", "knowledge.closedgap.closed_by",
        "sla.change.made_by", "escalation.chainstep.person", "notify.news.actor",
        "privacy.erasure.person", "privacy.erasure.by", "mail.copied.decided_by", "mail.rawmail.decided_by",
        "mail.vouched.vouched_by",
        # words there are blanked by `incidents.tickets.actions.erase`
        "tickets.ticket.assignee", "tickets.ticket.requester", "tickets.ticket.reporter", "tickets.follower.user",
        "tickets.event.actor", "tickets.message.author", "tickets.attachment.uploaded_by", "tickets.mention.user",
        "tickets.checklistitem.added_by", "tickets.checklistitem.done_by", "tickets.hypothesis.stated_by",
        "tickets.hypothesis.settled_by", "tickets.timeentry.user", "tickets.questionform.made_by",
        "tickets.rating.by", "tickets.recount.asked_by", "tickets.proposal.settled_by",
        # Django's own, which nothing here writes
        "admin.logentry.user",
    }
)  # fmt: skip
"""Links that stay. They lead to an account that names nobody."""


def count(person: User) -> dict[str, int]:
    """How many rows there are, by table; the preview shows them."""
    found: dict[str, int] = {}
    for place in PLACES:
        name = place.model._meta.label_lower
        found[name] = found.get(name, 0) + place.rows(person)[:10_000].count()
    return {name: number for name, number in found.items() if number}


def count_tickets(person: User, *, up_to: int) -> int:
    """Tickets that they reported or that are theirs: no one's eyes but a count, whatever the reader may see."""
    return Ticket.objects.involving(person)[:up_to].count()


def clear(place: Place, person: User, after: int, *, with_words: bool) -> tuple[int, int]:
    """Some rows of one place with keys after `after`: the last key that was looked at (0: no more), and how many."""
    if place.only_words and not with_words:
        return 0, 0
    rows = list(place.rows(person).filter(pk__gt=after).order_by("pk")[:AT_ONCE])
    if not rows:
        return 0, 0
    if place.before:
        place.before(rows)
    keys = [row.pk for row in rows]
    these: Any = place.model._base_manager.filter(pk__in=keys)
    if place.blanks is None:
        these.delete()
    else:
        these.update(**place.blanks)
    return keys[-1], len(keys)
