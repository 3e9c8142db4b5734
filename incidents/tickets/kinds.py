"""What can be written into the log. Values are stored for ever: never rename one."""

from django.db.models import TextChoices


class Kind(TextChoices):
    FILED = "filed"
    REPLIED = "replied"
    NOTED = "noted"
    ASSIGNED = "assigned"
    MOVED = "moved"
    STATUS_CHANGED = "status_changed"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    CLOSED = "closed"
    PRIORITISED = "prioritised"
    CATEGORISED = "categorised"
    SERVICE_SET = "service_set"
    RETITLED = "retitled"
    FOLLOWED = "followed"
    UNFOLLOWED = "unfollowed"
    LINKED = "linked"
    UNLINKED = "unlinked"
    ARTICLE_DRAFTED = "article_drafted"
    JOINED = "joined"
    OFFERED = "offered"
    WITHDRAWN = "withdrawn"
    RATED = "rated"
    ANSWERED = "answered"
    TAGGED = "tagged"
    MERGED = "merged"
    UNMERGED = "unmerged"
    FORWARDED = "forwarded"
    SPLIT = "split"
    CHECKLIST_CHANGED = "checklist_changed"
    HYPOTHESIS_CHANGED = "hypothesis_changed"
    TIME_SPENT = "time_spent"
    UNDONE = "undone"
    TYPE_CHANGED = "type_changed"
    TARGET_WARNED = "target_warned"
    TARGET_MISSED = "target_missed"
    CLOSING_ANNOUNCED = "closing_announced"
    CLOSING_CALLED_OFF = "closing_called_off"
    ESCALATED = "escalated"
    ERASED = "erased"
    PROPOSED = "proposed"
    PROPOSAL_SETTLED = "proposal_settled"
    UNDELIVERED = "undelivered"


WITH_MESSAGE = frozenset(
    {
        Kind.FILED,
        Kind.REPLIED,
        Kind.NOTED,
        Kind.RESOLVED,
        Kind.REOPENED,
        Kind.WITHDRAWN,
        Kind.CLOSING_ANNOUNCED,
    }
)
"""Kinds that carry a message; withdrawing and announcing may go without."""

QUIET = frozenset(
    {
        Kind.PROPOSED,
        Kind.TARGET_WARNED,
        Kind.TARGET_MISSED,
        Kind.ERASED,
        Kind.CLOSING_CALLED_OFF,
        Kind.UNDELIVERED,
    }
)
"""What the desk and the clock say of a ticket is no work on it: one that lay for weeks does not look fresh by it."""
