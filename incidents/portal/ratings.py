"""“How did we do?” as the ticket's page and the page behind a mail's link ask it: five faces, then a thank you."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone

from accounts import typed
from accounts.digits import whole
from accounts.http import UserRequest
from incidents.tickets import actions, ratings
from incidents.tickets.models import Rating, Ticket
from incidents.tickets.ratings import ICONS, LONGEST_COMMENT, Question


@dataclass(frozen=True)
class Face:
    """One of the five answers; its word says what its face shows."""

    score: int
    icon: str
    word: str


@dataclass(frozen=True)
class Card:
    """The question, or what was answered. `typed`: a comment that waited while its writer signed in again."""

    question: Question
    typed: str = ""
    longest = LONGEST_COMMENT

    @property
    def rating(self) -> Rating | None:
        return self.question.rating

    @property
    def faces(self) -> list[Face]:
        return [Face(score, ICONS[score], str(word)) for score, word in Rating.Score.choices]

    @property
    def given(self) -> Face | None:
        return next((face for face in self.faces if self.rating and face.score == self.rating.score), None)  # fmt: skip

    @property
    def may_comment(self) -> bool:
        return self.rating is not None and not self.rating.comment


def card(request: UserRequest, ticket: Ticket) -> Card | None:
    """What the ticket's page asks this reader; nothing while it is open, and nothing of anybody but its requester."""
    asked = ratings.question(ticket, request.user, at=timezone.now())
    if asked is None:
        return None
    waited = typed.restore(request, draft(ticket)) if asked.rating else None
    return Card(asked, (waited or {}).get("comment", [""])[-1])


def draft(ticket: Ticket) -> str:
    """The name under which a comment waits."""
    return f"rating:{ticket.ref}"


def answer(asked: Question, posted: Mapping[str, str]) -> None:
    """What the page behind the link sent: a face, or later a comment."""
    if asked.rating and "comment" in posted:
        actions.comment_rating(asked.rating, posted["comment"], by=asked.person)
    else:
        actions.rate(asked.ticket, score=score_in(posted), by=asked.person, closing=asked.closing)


def score_in(posted: Mapping[str, str]) -> int:
    """The face that was clicked; 0, which is none of them, for anything else."""
    return whole(posted.get("score", ""), 1) or 0


def by_link(token: str) -> Card | None:
    """The question behind a link, for whoever has it."""
    asked = ratings.by_link(token, at=timezone.now())
    return Card(asked) if asked else None
