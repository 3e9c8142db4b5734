"""Articles, their revisions, and the sections they stand in.

An `Article` row carries what its readers see. Every save makes a `Revision`; publishing copies one onto the row.
So a published article and its next draft live side by side, and readers' search never meets a draft.
"""

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import Permission


class Section(models.Model):
    """A category of the knowledge base."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    slug = models.SlugField(_("address"), max_length=60, unique=True)
    description = models.CharField(_("description"), max_length=160, blank=True)
    icon = models.CharField(_("icon"), max_length=40, blank=True, default="book-open")
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("article category")
        verbose_name_plural = _("article categories")

    def __str__(self) -> str:
        return self.name


class Audience(models.TextChoices):
    EVERYBODY = "everybody", _("Everybody, also without signing in")
    EMPLOYEES = "employees", _("Employees")
    STAFF = "staff", _("Staff")


def audiences_of(user: Any) -> list[str]:
    """The audiences that this reader belongs to."""
    if not user.is_authenticated:
        return [Audience.EVERYBODY]
    if user.permits.anywhere(Permission.ARTICLES_READ_STAFF):
        return list(Audience.values)
    return [Audience.EVERYBODY, Audience.EMPLOYEES]


class ArticleQuerySet(models.QuerySet["Article"]):
    def visible_to(self, user: Any) -> "ArticleQuerySet":
        """Published articles for this reader's audiences; writers see drafts as well, also those for staff."""
        if user.is_authenticated and user.is_editor:
            return self.filter(Q(audience__in=audiences_of(user)) | Q(state=Article.State.DRAFT))
        return self.published().filter(audience__in=audiences_of(user))

    def published(self) -> "ArticleQuerySet":
        return self.filter(state=Article.State.PUBLISHED)

    def readable_by(self, user: Any) -> "ArticleQuerySet":
        """What this person finds as a reader: published and for their audience. Drafts are on the shelf."""
        return self.visible_to(user).published()

    def featured(self) -> "ArticleQuerySet":
        return self.filter(is_featured=True).order_by("title")

    def for_shelf(self) -> "ArticleQuerySet":
        return self.select_related("section", "author").order_by("-updated_at", "-pk")


class Article(models.Model):
    """One answer. Title, summary and body are what readers see: the published revision, or a draft never yet published."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")

    class Kind(models.TextChoices):
        HOW_TO = "how_to", _("How-to")
        KNOWN_ERROR = "known_error", _("Known error")
        FAQ = "faq", _("Question and answer")
        RUNBOOK = "runbook", _("Runbook")
        POLICY = "policy", _("Policy")

    slug = models.SlugField(_("address"), max_length=120, unique=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.DRAFT)
    audience = models.CharField(
        _("audience"), max_length=12, choices=Audience, default=Audience.EMPLOYEES
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.HOW_TO)
    section = models.ForeignKey(
        Section,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="articles",
        verbose_name=_("category"),
    )
    title = models.CharField(_("title"), max_length=200)
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    body = models.TextField(_("text"), blank=True)
    tags = models.JSONField(_("tags"), default=list, blank=True)
    is_featured = models.BooleanField(_("on the home page"), default=False)
    author = models.ForeignKey(
        User, models.PROTECT, related_name="articles", verbose_name=_("author")
    )
    source_path = models.CharField(
        max_length=300, null=True, blank=True, unique=True, editable=False
    )
    revision_number = models.PositiveIntegerField(default=0, editable=False)
    published_number = models.PositiveIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"))
    published_at = models.DateTimeField(null=True, editable=False)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        indexes = [models.Index(fields=["-updated_at", "-id"], name="article_shelf")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("knowledge:article", args=[self.slug])

    @property
    def is_published(self) -> bool:
        return self.state == self.State.PUBLISHED

    @property
    def has_newer_draft(self) -> bool:
        return self.is_published and self.revision_number != self.published_number


class Revision(models.Model):
    """One saved state of an article's text. Never changed, never removed."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="revisions", db_index=False)
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    summary = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    tags = models.JSONField(default=list, blank=True)
    author = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["article", "-number"]
        constraints = [models.UniqueConstraint(fields=["article", "number"], name="revision_once")]

    def __str__(self) -> str:
        return f"{self.article_id} revision {self.number}"
