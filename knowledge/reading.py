"""What the page of an article shows around its text, for one reader."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from knowledge import kinds, languages, policies, search, trust
from knowledge.models import Article, ArticleFile, Audience, Feedback, Subscription
from knowledge.prose import Prose, shown, shown_apart

MOST_RELATED = 5
FEWEST_PARTS = 2
TOP = 2
"""The level of an article's own headings: the first is its title."""
CANDIDATES = 20
"""Articles that are most like it, and the newest of its category, to choose related ones from."""
LIKE, SAME_CATEGORY = 0.3, 0.15
"""How like it one of another category must be, and how much its own category counts for the others."""


@dataclass(frozen=True)
class Look:
    """How a kind presents itself: icon, tone of its badge, and what a reader should know about such texts."""

    icon: str
    tone: str
    line: str | Promise = ""


LOOKS = {
    Article.Kind.HOW_TO: Look("list-checks", "neutral"),
    Article.Kind.KNOWN_ERROR: Look(
        "triangle-alert",
        "warning",
        _("We know of this problem. Until it is mended for good, this gets you on."),
    ),
    Article.Kind.FAQ: Look("message-circle-question-mark", "info"),
    Article.Kind.RUNBOOK: Look(
        "square-check", "neutral", _("Do the steps in their order, and stop where one fails.")
    ),
    Article.Kind.POLICY: Look(
        "shield", "info", _("This is a rule that holds for everybody it names.")
    ),
}


class Reading:
    """One article in front of one reader; asks the database only for what a template shows."""

    def __init__(self, article: Article, reader: Any, *, said: bool | None = None) -> None:
        """`said`: whether it helped, as this visitor said before in the same browser session."""
        self.article = article
        self.reader = reader
        self.said = said
        self.readable = Article.objects.readable_by(reader)

    @property
    def look(self) -> Look:
        return LOOKS[Article.Kind(self.article.kind)]

    @cached_property
    def _parts(self) -> tuple[Prose | None, Prose]:
        """The workaround of a known error, and the rest of the text."""
        if self.article.kind == Article.Kind.KNOWN_ERROR:
            return shown_apart(self.article.body, self.reader, first=kinds.is_workaround)
        return None, shown(self.article.body, self.reader)

    @property
    def prose(self) -> Prose:
        return self._parts[1]

    @property
    def workaround(self) -> Prose | None:
        return self._parts[0]

    @cached_property
    def files(self) -> list[ArticleFile]:
        """To be downloaded."""
        return list(self.article.files.offered())

    @property
    def has_contents(self) -> bool:
        """Enough of it that a list of its parts helps."""
        return sum(one.level == TOP for one in self.prose.contents) >= FEWEST_PARTS

    @cached_property
    def versions(self) -> list[tuple[str, str, Article]]:
        """The others of this answer, with the code and the name of their language."""
        others = languages.versions(self.article, self.readable)
        return [(one.language, languages.name_of(one.language), one) for one in others]

    @property
    def alternates(self) -> list[tuple[str, str]]:
        """The same with their full addresses."""
        return [
            (code, settings.SITE_URL + one.get_absolute_url()) for code, _name, one in self.versions
        ]

    @property
    def language(self) -> str:
        return languages.name_of(self.article.language)

    @property
    def is_foreign(self) -> bool:
        return self.article.language != languages.of_reader()

    @property
    def in_own_language(self) -> Article | None:
        """The version that they would rather read."""
        mine = languages.of_reader()
        return next((one for code, _name, one in self.versions if code == mine), None)

    @cached_property
    def source(self) -> Article | None:
        """What it is a translation of, if its reader may read that."""
        root = self.article.translation_of_id
        return next((one for _code, _name, one in self.versions if one.pk == root), None)

    @property
    def is_outdated(self) -> bool:
        """Its source says something newer."""
        source = self.source
        return bool(source and source.published_number != self.article.translated_number)

    @cached_property
    def related(self) -> list[Article]:
        """Those with the same tags, then those most like it; what is left has its category in common.

        Chosen from the newest of its category and from those most like it, each in the one version that its reader sees.
        """
        article = self.article
        same = {article.translation_of_id or article.pk, article.pk}
        others = languages.one_each(self.readable).exclude(pk__in=same)
        others = others.exclude(translation_of__in=same)
        likeness = search.like(article, others)
        nearest = sorted(likeness, key=lambda key: (-likeness[key], -key))[:CANDIDATES]
        among = Q(pk__in=nearest)
        if article.section_id:
            of_category = others.filter(section=article.section_id).order_by("-pk")
            among |= Q(pk__in=of_category.values("pk")[:CANDIDATES])
        tags = {str(tag).casefold() for tag in article.tags}

        def rank(one: Article) -> tuple[int, float, bool, int, str]:
            shared = len(tags & {str(tag).casefold() for tag in one.tags})
            near = likeness.get(one.pk, 0.0) + SAME_CATEGORY * self._is_of_category(one)
            return -shared, -near, not one.is_featured, -one.solved_count, one.title

        found = self.readable.filter(among)
        shown = found.only("slug", "title", "tags", "is_featured", "solved_count", "section")
        fitting = [
            one for one in shown if self._is_of_category(one) or likeness.get(one.pk, 0.0) >= LIKE
        ]
        return sorted(fitting, key=rank)[:MOST_RELATED]

    def _is_of_category(self, other: Article) -> bool:
        return other.section_id is not None and other.section_id == self.article.section_id

    @property
    def trust(self) -> trust.Trust:
        return trust.overall(self.article)

    @property
    def can_write(self) -> bool:
        return self.reader.is_authenticated and policies.can_write(self.reader, self.article)

    @property
    def is_staff(self) -> bool:
        return self.reader.is_authenticated and self.reader.is_on_staff

    @cached_property
    def owners_teams(self) -> str:
        """The teams of whoever keeps it true."""
        owner = self.article.owner or self.article.author
        teams = {grant.team.name for grant in owner.grants.select_related("team") if grant.team}
        return ", ".join(sorted(teams))

    @property
    def is_indexed(self) -> bool:
        """May search engines list it?"""
        return self.article.is_published and self.article.audience == Audience.EVERYBODY

    @property
    def canonical(self) -> str:
        return settings.SITE_URL + self.article.get_absolute_url()

    # What they said and follow ------------------------------------------------------------------

    @property
    def may_vote(self) -> bool:
        article = self.article
        is_theirs = self.reader.is_authenticated or article.audience == Audience.EVERYBODY
        return article.is_published and is_theirs

    @cached_property
    def word(self) -> Feedback | None:
        """What they said of the text that is before them."""
        number = self.article.read_number
        if not self.reader.is_authenticated:
            if self.said is None:
                return None
            return Feedback(article=self.article, number=number, is_helpful=self.said)
        return Feedback.objects.filter(
            article=self.article, number=number, user=self.reader.pk
        ).first()

    @cached_property
    def answered(self) -> Feedback | None:
        """Their last comment that somebody answered, on whichever revision."""
        if not self.reader.is_authenticated:
            return None
        theirs = Feedback.objects.filter(article=self.article, user=self.reader.pk)
        answered = theirs.exclude(answer="").select_related("answered_by")
        return answered.order_by("-number").first()

    @property
    def reasons(self) -> list[tuple[str, str]]:
        return [(value, str(label)) for value, label in Feedback.Why.choices]

    @cached_property
    def is_followed(self) -> bool:
        return Subscription.objects.filter(user=self.reader.pk, article=self.article).exists()
