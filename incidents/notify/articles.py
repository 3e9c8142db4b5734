"""News of articles: who hears of what, in which words. The twin of `rules` for what no ticket's log tells."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.bidi import isolated
from accounts.models import User
from accounts.permissions import Permission
from incidents.notify.hearing import Heard, Named, settle
from incidents.notify.models import FOR_READERS, Channel, News, Topic
from incidents.notify.wishes import reach_of
from knowledge import policies
from knowledge.hooks import What
from knowledge.models import Article, Feedback, Review, Subscription

BELL = (Channel.BELL,)
BOTH = (Channel.MAIL, Channel.BELL)
MOST_REVIEWERS = 50

Audience = Callable[[News], set[int]]
Teller = Callable[[News, User], str]


def keeper(news: News) -> set[int]:
    return {news.article.keeper_id}


def keeper_and_writer(news: News) -> set[int]:
    """Its owner, and who wrote the revision that it is about."""
    revision = news.article.revisions.filter(number=news.data["number"]).first()
    return keeper(news) | ({revision.author_id} if revision else set())


def planner_and_keeper(news: News) -> set[int]:
    return keeper(news) | ({news.data["planned_by"]} - {None})


def owner(news: News) -> set[int]:
    return {news.data["owner"]}


def asker(news: News) -> set[int]:
    return {_review(news).asked_by_id}


def reviewer(news: News) -> set[int]:
    """Who is asked by name."""
    asked = _review(news).reviewer_id
    return {asked} if asked else set()


def reviewers(news: News) -> set[int]:
    """Where nobody is named: whoever may publish there."""
    if reviewer(news):
        return set()
    people = User.objects.people().holding_anywhere(Permission.ARTICLES_PUBLISH)[:MOST_REVIEWERS]
    return {person.pk for person in people if policies.can_publish(person, news.article)}


def subscribers(news: News) -> set[int]:
    """Who follows the article, or its category."""
    article = news.article
    followed = Q(article=article)
    if article.section_id:
        followed |= Q(section=article.section_id)
    return set(Subscription.objects.filter(followed).values_list("user_id", flat=True))


def reader_who_wrote(news: News) -> set[int]:
    return {_feedback(news).user_id}


def review_asked(news: News, reader: User) -> str:
    if _review(news).reviewer_id == reader.pk:
        return _("%(who)s asks you to review this article") % _who(news)
    return _("%(who)s asks for a review of this article") % _who(news)


def approved(news: News, reader: User) -> str:
    return _("%(who)s approved your article") % _who(news)


def changes_asked(news: News, reader: User) -> str:
    return _("%(who)s asks you to change your article") % _who(news)


def published(news: News, reader: User) -> str:
    if news.data["first"]:
        return _("%(who)s published this article") % _who(news)
    return _("%(who)s published a new version of this article") % _who(news)


NOT_OUT = {
    "rights": gettext_noop(
        "This article did not go out as planned: who planned it may no longer publish here"
    ),
    "alone": gettext_noop(
        "This article did not go out as planned: only one person wrote it, and nobody else has approved it"
    ),
    "empty": gettext_noop("This article did not go out as planned: it has no text"),
    "nobody": gettext_noop(
        "This article did not go out as planned: the departments or teams that were to read it are gone"
    ),
    "kept": gettext_noop(
        "This article did not go out as planned: it was to move to a category that others keep"
    ),
}
OVERTAKEN = gettext_noop(
    "This article did not go out as planned: there was nothing left to publish"
)


def not_published(news: News, reader: User) -> str:
    return _(NOT_OUT.get(news.data["reason"], OVERTAKEN))


def expired(news: News, reader: User) -> str:
    return _("The time of this article is over, so it is in the archive now")


def owned(news: News, reader: User) -> str:
    return _("%(who)s made you the owner of this article") % _who(news)


def due(news: News, reader: User) -> str:
    return _("Please check that this article is still true: it is due for review")


def low_score(news: News, reader: User) -> str:
    return _("Many readers say that this article did not help them")


def commented(news: News, reader: User) -> str:
    return _("%(who)s wrote to you about this article") % _who(news)


def answered(news: News, reader: User) -> str:
    return _("%(who)s answered what you wrote about this article") % _who(news)


@dataclass(frozen=True)
class Hearing:
    who: Audience
    channels: tuple[Channel, ...]
    topic: Topic = Topic.ARTICLES


@dataclass(frozen=True)
class Rule:
    tell: Teller
    heard_by: tuple[Hearing, ...]


RULES: dict[What, Rule] = {
    What.REVIEW_ASKED: Rule(review_asked, (Hearing(reviewer, BOTH), Hearing(reviewers, BELL))),
    What.APPROVED: Rule(approved, (Hearing(asker, BOTH),)),
    What.CHANGES_ASKED: Rule(changes_asked, (Hearing(asker, BOTH),)),
    What.PUBLISHED: Rule(
        published,
        (Hearing(keeper_and_writer, BELL), Hearing(subscribers, BOTH, Topic.READING)),
    ),
    What.NOT_PUBLISHED: Rule(not_published, (Hearing(planner_and_keeper, BOTH),)),
    What.EXPIRED: Rule(expired, (Hearing(keeper, BELL),)),
    What.OWNED: Rule(owned, (Hearing(owner, BELL),)),
    What.DUE: Rule(due, (Hearing(keeper, BOTH),)),
    What.LOW_SCORE: Rule(low_score, (Hearing(keeper, BELL),)),
    What.COMMENTED: Rule(commented, (Hearing(keeper, BOTH),)),
    What.ANSWERED: Rule(answered, (Hearing(reader_who_wrote, BOTH, Topic.READING),)),
}

NAMED_CHANNELS = [
    (hearing.topic, hearing.channels) for rule in RULES.values() for hearing in rule.heard_by
]


def hearers(news: News) -> list[Heard]:
    """Who hears of it, on which channel, in a fixed order; never who did it, and of work on it only who may write it.

    What they may see is asked again when a mail is sent and the bell's list is shown, of each for themselves.
    """
    named = [
        Named(person, hearing.topic, hearing.who.__name__, hearing.channels)
        for hearing in RULES[What(news.what)].heard_by
        for person in sorted(hearing.who(news) - {news.actor_id})
    ]
    if not named:
        return []
    people = User.objects.people().filter(pk__in={one.person for one in named})
    here = {
        person.pk
        for person in people
        if news.what in FOR_READERS or policies.can_write(person, news.article)
    }
    return settle(named, reach_of(here))


def page_of(news: News, reader: User) -> str:
    """Where this reader goes on: editors to the shelf, where there is something to do."""
    article: Article = news.article
    if news.what == What.ANSWERED:
        return f"{article.get_absolute_url()}#feedback"
    if news.what == What.COMMENTED and policies.can_write(reader, article):
        return reverse("knowledge:feedback", args=[article.slug])
    if reader.is_editor and policies.can_write(reader, article):
        return reverse("knowledge:life", args=[article.slug])
    return article.get_absolute_url()


def why(news: News, reader: User) -> str:
    """Why somebody gets a mail, as its last line says."""
    if reader.pk == news.article.keeper_id:
        return _("You get this because you look after this article.")
    if news.what == What.ANSWERED:
        return _("You get this because you wrote to whoever looks after this article.")
    if news.what == What.PUBLISHED:
        return _("You get this because you follow this article or its category.")
    return _("You get this because you work on articles.")


def said(news: News) -> str:
    """What was written along with it, in Markdown."""
    if news.what == What.REVIEW_ASKED:
        return _review(news).message
    if news.what in (What.APPROVED, What.CHANGES_ASKED):
        return _review(news).comment
    if news.what == What.COMMENTED:
        return _feedback(news).comment
    if news.what == What.ANSWERED:
        return _feedback(news).answer
    return ""


def _feedback(news: News) -> Feedback:
    return Feedback.objects.get(pk=news.data["feedback"])


def _review(news: News) -> Review:
    return Review.objects.get(pk=news.data["review"])


def _who(news: News) -> dict[str, str]:
    return {"who": isolated(news.actor.display_name)}
