"""How it went, in the words of the person who had the problem: a score, and a comment if they like."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import formats
from accounts.errors import InvalidInput, Refused, require
from accounts.models import User
from incidents.tickets import policies, ratings
from incidents.tickets.actions import steps
from incidents.tickets.actions.record import record
from incidents.tickets.errors import AlreadyRated, IllegalTransition
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Rating, Ticket


@transaction.atomic
def rate(
    ticket: Ticket,
    *,
    score: int,
    by: User,
    comment: str = "",
    closing: int | None = None,
    at: datetime | None = None,
) -> Rating:
    """Keep how the requester found it, once for every time the ticket was closed. `closing`: the event they are asked about.

    The same score again changes and records nothing; a comment that comes with it is added if there was none.

    Raises:
        NotAllowed: `by` is not the person who had the problem.
        IllegalTransition: the ticket is not closed, or not by that event.
        InvalidInput: no such score, or the comment is too long.
        AlreadyRated: they gave another score before.
        Refused: the team does not ask, or it was closed too long ago.
    """
    at = at or timezone.now()
    ticket = steps.lock(ticket, by=by)
    require(
        policies.can_rate(by, ticket), _("Only the person who had the problem can say how it went.")
    )
    closed = ratings.closing_of(ticket)
    if closed is None or closing not in {None, closed.number}:
        raise IllegalTransition(_("You can say how it went once this ticket is closed."))
    if score not in Rating.Score.values:
        raise InvalidInput(_("Choose one of the five."), field="score")
    if given := ticket.ratings.filter(closing=closed.number).first():
        if given.score != score:
            raise _already()
        return comment_rating(given, comment, by=by, at=at) if comment.strip() else given
    if not ratings.is_asked(ticket, closed, at=at):
        raise Refused(_("Nobody is asked about this ticket any more."))
    said = _written(comment) if comment.strip() else ""
    rating = Rating.objects.create(
        ticket=ticket, closing=closed.number, by=by, score=score, comment=said, created_at=at
    )
    record(
        ticket, Kind.RATED, by=by, at=at, public=False,
        rating=rating.pk, score=score, with_comment=bool(said),
    )  # fmt: skip
    return rating


@transaction.atomic
def comment_rating(rating: Rating, text: str, *, by: User, at: datetime | None = None) -> Rating:
    """Add the words that were left out when the score was given, once. The same words again change nothing.

    Raises:
        NotAllowed: somebody else gave the score.
        InvalidInput: nothing was written, or too much.
        AlreadyRated: there is a comment already.
    """
    ticket = steps.lock(rating.ticket, by=by)
    rating = Rating.objects.get(pk=rating.pk)
    require(rating.by_id == by.pk, _("Only the person who had the problem can say how it went."))
    text = _written(text)
    if rating.comment == text:
        return rating
    if rating.comment:
        raise _already()
    rating.comment = text
    rating.save(update_fields=["comment"])
    record(
        ticket, Kind.RATED, by=by, at=at, public=False,
        rating=rating.pk, score=rating.score, with_comment=True, later=True,
    )  # fmt: skip
    return rating


def _already() -> AlreadyRated:
    return AlreadyRated(_("You already told us. Thank you."))


def _written(text: str) -> str:
    text = steps.written(text, field="comment")
    if len(text) > ratings.LONGEST_COMMENT:
        raise InvalidInput(
            _("Keep this under %(most)s characters.")
            % {"most": formats.grouped(ratings.LONGEST_COMMENT)},
            field="comment",
        )
    return text
