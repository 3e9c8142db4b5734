"""What is kept about a person, section by section and in portions: values as the database has them, no words.

Names of others appear as the person has seen them on the tickets' pages: no addresses, no phone numbers, no notes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from accounts.models import AccessToken, User
from accounts.sso.models import Provider
from incidents.notify.models import Channel, ChatAddress, Choice, Device, Habits, Topic
from incidents.portal.models import Avoided, Dismissal, FeedAddress
from incidents.tickets.models import (
    Answers,
    Attachment,
    Draft,
    Message,
    Rating,
    Ticket,
    TicketQuerySet,
    kept_apart,
)
from incidents.tickets.questions.telling import several
from incidents.workflow import rulebook
from incidents.workflow.priority import Impact, Urgency
from incidents.workflow.states import Status
from knowledge.models import Article, ArticleDraft

PORTION = 100
STRETCH = 20_000

Row = dict[str, Any]
Portions = Iterator[list[Row]]


def sections(user: User, *, by: User | None = None) -> Iterator[tuple[str, Portions]]:
    """Every section by its key, in a fixed order. A portion costs the same few queries however much there is.

    Where somebody else fetches it (`by`), tickets that are kept apart and that they do not see are not in it, nor what
    was typed and never sent: that the person has from their own profile alone.
    """
    tickets = Ticket.objects.visible_to(user)
    if by:
        tickets = _open_to(by, tickets)
    yield "profile", iter([[_profile(user)]])
    yield "roles", _roles(user)
    yield "sign_ins", _sign_ins(user)
    yield "second_factors", _second_factors(user)
    yield "linked_sign_ins", _linked(user)
    yield "access_tokens", _access_tokens(user)
    yield "feeds", _feeds(user)
    yield "notification_choices", _choices(user)
    yield "reached_at", _reached(user)
    yield "tickets", _tickets(user, tickets)
    yield "followed_tickets", _followed(user, tickets)
    yield "messages_elsewhere", _messages_elsewhere(user, tickets if by else None)
    yield "drafts", iter(()) if by else chain(_drafts(user), _article_drafts(user))
    yield "articles", _articles(user)
    yield "solved_by_articles", _avoided(user)
    yield "dismissed_announcements", _dismissed(user)


def _open_to(by: User, tickets: TicketQuerySet) -> TicketQuerySet:
    return tickets.filter(~kept_apart() | Q(pk__in=Ticket.objects.visible_to(by).values("pk")))


def _portions(rows: "QuerySet[Any]", size: int = PORTION) -> Iterator[list[Any]]:
    """The rows by their keys, a portion at a time."""
    last = 0
    while found := list(rows.filter(pk__gt=last).order_by("pk")[:size]):
        yield found
        if len(found) < size:
            return
        last = found[-1].pk


# The person -----------------------------------------------------------------------------------------------


def _profile(user: User) -> Row:
    return {
        "name": user.display_name,
        "email": user.email,
        "phone": user.phone,
        "department": user.department.name if user.department else None,
        "location": user.location,
        "time_zone": user.time_zone,
        "language": user.language,
        "theme": User.Theme(user.theme),
        "known_since": user.created_at,
        "last_sign_in": user.last_login,
    }


def _roles(user: User) -> Portions:
    for portion in _portions(user.grants.select_related("role", "team")):
        yield [
            {"role": held.role.name, "team": held.team.name if held.team else None}
            for held in portion
        ]


def _sign_ins(user: User) -> Portions:
    """Browsers that are signed in now; their keys stay with us."""
    alive = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    for portion in _portions(UserSession.objects.filter(user=user, session_key__in=alive)):
        yield [
            {
                "browser": session.user_agent,
                "address": session.ip,
                "signed_in_at": session.created_at,
            }
            for session in portion
        ]


def _second_factors(user: User) -> Portions:
    for portion in _portions(Authenticator.objects.filter(user=user).defer("data")):
        yield [
            {
                "kind": Authenticator.Type(factor.type),
                "added_at": factor.created_at,
                "last_used_at": factor.last_used_at,
            }
            for factor in portion
        ]


def _linked(user: User) -> Portions:
    """What else opens the account, and what its provider said last."""
    for portion in _portions(SocialAccount.objects.filter(user=user)):
        issuers = Provider.objects.filter(issuer__in=[one.provider for one in portion])
        names = dict(issuers.values_list("issuer", "name"))
        yield [
            {
                "provider": names.get(one.provider, one.provider),
                "issuer": one.provider,
                "subject": one.uid,
                "said": one.extra_data,
                "linked_at": one.date_joined,
                "last_used_at": one.last_login,
            }
            for one in portion
        ]


def _access_tokens(user: User) -> Portions:
    """What programs may do in their name, those that ended included. The key itself is kept nowhere."""
    for portion in _portions(AccessToken.objects.filter(person=user).defer("digest")):
        yield [
            {
                "name": token.name,
                "begins_with": token.hint,
                "scopes": token.scopes,
                "made_at": token.made_at,
                "last_used_at": token.last_used_at,
                "ends_at": token.expires_at,
                "ended_at": token.ended_at,
                "ended_why": AccessToken.End(token.ended_why) if token.ended_why else None,
            }
            for token in portion
        ]


def _feeds(user: User) -> Portions:
    """Secret addresses for calendars and feed readers; the secret itself is kept nowhere."""
    for portion in _portions(FeedAddress.objects.filter(user=user).defer("digest")):
        yield [
            {
                "feed": FeedAddress.Kind(feed.kind),
                "made_at": feed.made_at,
                "last_used_at": feed.used_at,
            }
            for feed in portion
        ]


def _choices(user: User) -> Portions:
    for portion in _portions(Choice.objects.filter(user=user)):
        yield [
            {
                "topic": Topic(choice.topic),
                "channel": Channel(choice.channel),
                "is_wanted": choice.is_wanted,
                **({"in_the_morning": True} if choice.is_daily else {}),
            }
            for choice in portion
        ]


def _reached(user: User) -> Portions:
    """Devices, addresses at services, quiet hours. What a device is reached by stays with us: it is a key to it."""
    devices = Device.objects.filter(user=user)
    yield [{"at": one.name, "since": one.added_at} for one in devices]
    addresses = ChatAddress.objects.filter(user=user).select_related("service").order_by("pk")
    yield [{"at": one.service.name, "to": one.to, "since": one.added_at} for one in addresses]
    for habits in Habits.objects.filter(user=user):
        yield [
            {
                "quiet_from": habits.quiet_from,
                "quiet_until": habits.quiet_until,
                "morning_at": habits.morning_at,
            }
        ]


# Tickets --------------------------------------------------------------------------------------------------


def _tickets(user: User, tickets: TicketQuerySet) -> Portions:
    """Tickets that the person is affected by or reported: what their page shows."""
    own = tickets.involving(user).for_page()
    for portion in _portions(own):
        keys = [ticket.pk for ticket in portion]
        said = _conversations(user, keys)
        answers = _answers(keys)
        ratings = _by_ticket(Rating.objects.filter(ticket__in=keys, by=user).order_by("pk"))
        with rulebook.asked_once():
            told = [
                _ticket(ticket, said[ticket.pk], answers.get(ticket.pk, []), ratings[ticket.pk])
                for ticket in portion
            ]
        yield told


def _conversations(user: User, tickets: list[int]) -> defaultdict[int, list[Row]]:
    """What was said in public on these tickets, with its files, by ticket."""
    messages = list(
        Message.objects.visible_to(user)
        .filter(ticket__in=tickets, is_public=True)
        .select_related("author")
        .order_by("pk")
    )
    files = _files(user, Q(ticket__in=tickets, message__is_public=True))
    rows = defaultdict(list)
    for message in messages:
        by = {"by": message.author.display_name, "is_mine": message.author_id == user.pk}
        rows[message.ticket_id].append({**by, **_said(message, files)})
    return rows


def _said(message: Message, files: dict[int, list[Row]]) -> Row:
    return {
        "kind": Message.Kind(message.kind),
        "written_at": message.created_at,
        "text": message.whole or message.body,
        "files": files[message.pk],
    }


def _files(user: User, of: Q) -> defaultdict[int, list[Row]]:
    """Names and sizes of files, by message."""
    rows: defaultdict[int, list[Row]] = defaultdict(list)
    for file in Attachment.objects.visible_to(user).filter(of).order_by("pk"):
        rows[file.message_id].append({"name": file.name, "size": file.size})
    return rows


def _by_ticket(rows: Iterable[Rating]) -> defaultdict[int, list[Rating]]:
    found: defaultdict[int, list[Rating]] = defaultdict(list)
    for row in rows:
        found[row.ticket_id].append(row)
    return found


def _ticket(ticket: Ticket, said: list[Row], answers: list[Row], ratings: list[Rating]) -> Row:
    return {
        "number": ticket.ref,
        "title": ticket.title,
        "url": settings.SITE_URL + ticket.get_absolute_url(),
        "type": rulebook.type(ticket.type).label,
        "status": Status(ticket.status),
        "category": ticket.category.name if ticket.category else None,
        "service": ticket.service.name if ticket.service else None,
        "impact": Impact(ticket.impact),
        "urgency": Urgency(ticket.urgency),
        "requester": ticket.requester.display_name,
        "reporter": ticket.reporter.display_name,
        "team": ticket.team.name if ticket.team else None,
        "assignee": ticket.assignee.display_name if ticket.assignee else None,
        "opened_at": ticket.created_at,
        "changed_at": ticket.updated_at,
        "resolved_at": ticket.resolved_at,
        "closed_at": ticket.closed_at,
        "answers": answers,
        "conversation": said,
        "ratings": [
            {
                "score": Rating.Score(rating.score),
                "comment": rating.comment,
                "rated_at": rating.created_at,
            }
            for rating in ratings
        ],
    }


def _answers(tickets: list[int]) -> dict[int, list[Row]]:
    """What was answered on these tickets, beside the questions as they were asked then."""
    rows = list(Answers.objects.filter(ticket__in=tickets).select_related("form").order_by("type"))
    found: dict[int, list[Row]] = {}
    for row, told in zip(rows, several(rows), strict=True):
        lines = [{"question": given.label, "answer": given.text} for given in told]
        found.setdefault(row.ticket_id, []).extend(lines)
    return found


def _followed(user: User, tickets: TicketQuerySet) -> Portions:
    for portion in _portions(tickets.filter(followers=user)):
        yield [{"number": ticket.ref, "title": ticket.title} for ticket in portion]


def _messages_elsewhere(user: User, tickets: TicketQuerySet | None) -> Portions:
    """What the person wrote besides what `_tickets` has: on others' tickets, and notes, as far as they may see them."""
    own = Q(ticket__requester=user) | Q(ticket__reporter=user)
    written = (
        Message.objects.visible_to(user)
        .filter(author=user)
        .exclude(own & Q(is_public=True))
        .select_related("ticket")
    )
    if tickets is not None:
        written = written.filter(ticket__in=tickets)
    newest = Message.objects.aggregate(newest=Max("pk"))["newest"] or 0
    # No index leads from a person to their messages: the table is walked, so many rows a statement.
    for start in range(0, newest, STRETCH):
        for portion in _portions(written.filter(pk__gt=start, pk__lte=start + STRETCH)):
            files = _files(user, Q(message__in=[message.pk for message in portion]))
            yield [
                {
                    "number": message.ticket.ref,
                    "title": message.ticket.title,
                    **_said(message, files),
                }
                for message in portion
            ]


# The rest -------------------------------------------------------------------------------------------------


def _drafts(user: User) -> Portions:
    for portion in _portions(Draft.objects.filter(user=user)):
        yield [
            {
                "form": draft.form,
                "saved_at": draft.saved_at,
                "fields": [{"name": name, "values": values} for name, values in draft.text.items()],
            }
            for draft in portion
        ]


def _article_drafts(user: User) -> Portions:
    for portion in _portions(ArticleDraft.objects.filter(user=user)):
        yield [
            {
                "form": f"article:{draft.article_id or 'new'}",
                "saved_at": draft.changed_at,
                "fields": [{"name": name, "values": values} for name, values in draft.form.items()],
            }
            for draft in portion
        ]


def _articles(user: User) -> Portions:
    for portion in _portions(Article.objects.visible_to(user).filter(author=user)):
        yield [
            {
                "title": article.title,
                "state": Article.State(article.state),
                "url": settings.SITE_URL + article.get_absolute_url(),
                "changed_at": article.text_changed_at,
            }
            for article in portion
        ]


def _avoided(user: User) -> Portions:
    """Reports that an article made needless, with what was being typed."""
    for portion in _portions(Avoided.objects.filter(user=user)):
        keys = {avoided.article_id for avoided in portion}
        readable = Article.objects.visible_to(user).filter(pk__in=keys)
        titles = dict(readable.values_list("pk", "title"))
        yield [
            {
                "typed": avoided.words,
                "article": titles.get(avoided.article_id),
                "day": avoided.day,
            }
            for avoided in portion
        ]


def _dismissed(user: User) -> Portions:
    for portion in _portions(Dismissal.objects.filter(user=user).select_related("announcement")):
        yield [
            {"announcement": dismissal.announcement.title, "dismissed_at": dismissal.at}
            for dismissal in portion
        ]
