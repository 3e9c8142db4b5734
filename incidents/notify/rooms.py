"""The chat channels of teams: what each hears of the team's tickets, and that nothing internal gets into one that
others read as well."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.errors import InvalidInput
from accounts.models import Team, User
from incidents.notify.models import ChatService, Posting, Topic
from incidents.tickets import policies
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event
from incidents.workflow import rulebook
from incidents.workflow.priority import Priority

HEARD: dict[Topic, frozenset[Kind]] = {
    Topic.TEAM: frozenset({Kind.FILED, Kind.MOVED, Kind.PRIORITISED}),
    Topic.REPLIES: frozenset({Kind.REPLIED, Kind.FORWARDED}),
    Topic.PROGRESS: frozenset({Kind.RESOLVED, Kind.REOPENED, Kind.CLOSED, Kind.WITHDRAWN}),
    Topic.ESCALATED: frozenset({Kind.ESCALATED}),
    Topic.TARGETS: frozenset({Kind.TARGET_WARNED, Kind.TARGET_MISSED}),
    Topic.NOTES: frozenset({Kind.NOTED}),
}
"""What a channel that hears of a topic is told."""
HEARD_WORDS: dict[Topic, Promise] = {
    Topic.TEAM: gettext_lazy("New tickets, moved ones, and changed priorities"),
    Topic.REPLIES: gettext_lazy("Replies"),
    Topic.PROGRESS: gettext_lazy("Solved, opened again, closed"),
    Topic.ESCALATED: gettext_lazy("A ticket is escalated"),
    Topic.TARGETS: gettext_lazy("A promised time runs out"),
    Topic.NOTES: gettext_lazy("Internal notes"),
}
"""The topics as a channel's: what people choose for themselves speaks of “me” and “my team”."""
_TOPIC_OF = {kind: topic for topic, kinds in HEARD.items() for kind in kinds}


def post(event: Event) -> int:
    """Write a row for each channel of the ticket's team that hears of this; how many there are."""
    topic = _TOPIC_OF.get(Kind(event.kind))
    team = event.ticket.team_id
    if topic is None or team is None or not _is_news(event):
        return 0
    hearing = [
        one
        for one in channels()
        if one.team_id == team and topic in one.topics and not _unfit(event, one)
    ]
    rows = [Posting(event=event, service=one, due_at=event.recorded_at) for one in hearing]
    Posting.objects.bulk_create(rows)
    return len(rows)


def _read() -> tuple[ChatService, ...]:
    return tuple(ChatService.objects.filter(team__isnull=False, is_on=True).defer("address"))


channels = rulebook.Beside(_read).current
"""All teams' channels in use: most events are told in none of them."""


def renew() -> None:
    """Let every process read the channels anew. To be called in the transaction that changes one."""
    rulebook.renew()


def check_who(by: User | None, team: Team | None, *, is_staff_only: bool) -> None:
    """Who sets up channels need not see every ticket, and must not read of them in a room of their own.

    Raises:
        InvalidInput: what a private team or the desk says among itself would be told there, and `by` reads neither.
    """
    tells = team is not None and (is_staff_only or team.is_private)
    if tells and (by is None or not policies.may_have_told(by, team)):
        raise InvalidInput(
            _("A channel of a private team, or one that staff alone read, is set up by somebody who sees these tickets, or who manages roles. That holds for every change to such a channel, too."),
            field="team",
        )  # fmt: skip


def refuses(row: Posting) -> str:
    """Why this is not to be posted any more, asked again at sending; nothing where it may be."""
    event, service = row.event, row.service
    if not service.is_on:
        return _("the channel is switched off")
    if service.team_id is None or service.team_id != event.ticket.team_id:
        return _("the ticket is not this team’s any more")
    return _unfit(event, service)


def _unfit(event: Event, service: ChatService) -> str:
    """A channel shows what it is told to everybody in it, so less goes there than each of them might see."""
    if event.ticket.is_confined:
        return _("the ticket is confidential")
    if not event.is_public and not service.is_staff_only:
        return _("this is internal, and not only staff read the channel")
    return ""


def _is_news(event: Event) -> bool:
    """Of priorities only what becomes critical."""
    if event.kind != Kind.PRIORITISED:
        return True
    return bool(event.data.get("set", {}).get("priority") == Priority.P1)
