"""Articles, their revisions, and the sections they stand in.

An `Article` row carries what its readers see. Every save makes a `Revision`; publishing copies one onto the row.
So a published article and its next draft live side by side, and readers' search never meets a draft. The same holds
for where it stands and who may read it: a `NextPlace` waits beside its revision until readers see that.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, Team, User
from accounts.permissions import Permission
from accounts.stored import StoredFile, new_token, storage_key  # noqa: F401 (migrations name both here)

DEFAULT_REVIEW_DAYS = 365


class Section(models.Model):
    """A category of the knowledge base."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    slug = models.SlugField(_("address"), max_length=60, unique=True)
    description = models.CharField(_("description"), max_length=160, blank=True)
    icon = models.CharField(_("icon"), max_length=40, blank=True, default="book-open")
    position = models.PositiveIntegerField(_("position"), default=0)
    keepers = models.ManyToManyField(
        Team,
        blank=True,
        related_name="+",
        verbose_name=_("kept by"),
        help_text=_(
            "Only people of these teams write, review and publish here. None: everybody whose role allows it."
        ),
    )
    review_days = models.PositiveIntegerField(
        _("days between reviews"),
        default=DEFAULT_REVIEW_DAYS,
        help_text=_("For its articles that say nothing else. 0: they are never due."),
    )

    class Meta:
        ordering = ["position", "name"]
        verbose_name = _("article category")
        verbose_name_plural = _("article categories")

    def __str__(self) -> str:
        return self.name


class Audience(models.TextChoices):
    EVERYBODY = "everybody", _("Everybody, also without signing in")
    EMPLOYEES = "employees", _("Employees")
    DEPARTMENTS = "departments", _("Some departments")
    STAFF = "staff", _("Staff")
    TEAMS = "teams", _("Some teams")


def audiences_of(user: Any) -> list[str]:
    """The audiences that this reader belongs to, whatever their department and teams."""
    if not user.is_authenticated:
        return [Audience.EVERYBODY]
    if user.permits.anywhere(Permission.ARTICLES_READ_STAFF):
        return [Audience.EVERYBODY, Audience.EMPLOYEES, Audience.STAFF]
    return [Audience.EVERYBODY, Audience.EMPLOYEES]


def for_readers(user: Any) -> Q:
    """Articles whose audience this reader belongs to: by who they are, by their department, by their teams."""
    readers = Q(audience__in=audiences_of(user))
    if not user.is_authenticated:
        return readers
    if user.department_id:
        theirs = Article.departments.through.objects.filter(department=user.department_id)
        readers |= Q(audience=Audience.DEPARTMENTS, pk__in=theirs.values("article"))
    if teams := sorted(user.permits.by_team):
        of_teams = Article.teams.through.objects.filter(team__in=teams)
        readers |= Q(audience=Audience.TEAMS, pk__in=of_teams.values("article"))
    return readers


def for_writers(user: Any) -> Q:
    """Articles of categories in which this writer writes, if anywhere: the twin of `policies.can_write`."""
    return _kept_by(user, Permission.ARTICLES_WRITE)


def for_publishers(user: Any) -> Q:
    """The same for publishing: the twin of `policies.can_publish`."""
    if not user.permits.anywhere(Permission.ARTICLES_PUBLISH):
        return Q(pk=None)
    return _kept_by(user, Permission.ARTICLES_PUBLISH)


def _kept_by(user: Any, permission: Permission) -> Q:
    kept, permits = Section.keepers.through.objects.all(), user.permits
    teams = sorted(team for team in permits.by_team if permits.of_member(permission, team))
    theirs = kept if user.is_system else kept.filter(team__in=teams)
    return ~Q(section__in=kept.values("section")) | Q(section__in=theirs.values("section"))


def default_language() -> str:
    return settings.LANGUAGE_CODE.partition("-")[0]


class ArticleQuerySet(models.QuerySet["Article"]):
    def visible_to(self, user: Any) -> "ArticleQuerySet":
        """Published articles for this reader; of categories where they write everything, whoever it is for."""
        seen = Q(for_readers(user), state=Article.State.PUBLISHED)
        if user.is_authenticated and user.is_editor:
            seen |= for_writers(user)
        return self.filter(seen)

    def on_shelf_of(self, user: Any) -> "ArticleQuerySet":
        """What this person may write, with everything that was ever saved of it."""
        return self.filter(for_writers(user)) if user.is_editor else self.none()

    def published(self) -> "ArticleQuerySet":
        return self.filter(state=Article.State.PUBLISHED)

    def readable_by(self, user: Any) -> "ArticleQuerySet":
        """What this person finds in lists, search and suggestions: published alone. Drafts are on the shelf."""
        return self.visible_to(user).published()

    def waiting_for_review(self) -> "ArticleQuerySet":
        return self.filter(
            Exists(Review.objects.filter(article=OuterRef("pk"), decision=Review.Decision.OPEN))
        )

    def due_for_review(self, at: datetime) -> "ArticleQuerySet":
        return self.published().filter(review_due_at__lte=at)

    def with_newer_draft(self) -> "ArticleQuerySet":
        return self.published().exclude(revision_number=F("published_number"))

    def featured(self) -> "ArticleQuerySet":
        return self.filter(is_featured=True).order_by("title")

    def for_shelf(self) -> "ArticleQuerySet":
        """Everything a row of the shelf says, without the text."""
        return self.with_people().defer("body").order_by("-updated_at", "-pk")

    def with_people(self) -> "ArticleQuerySet":
        """Category, owner and author, and whether somebody asked for a review."""
        review = Review.objects.filter(article=OuterRef("pk"), decision=Review.Decision.OPEN)
        rows = self.select_related("section", "author", "owner")
        return rows.annotate(is_in_review=Exists(review))


class Article(models.Model):
    """One answer. Title, summary and body are what readers see: the published revision; of others, the latest one."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        ARCHIVED = "archived", _("Archived")

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
    departments = models.ManyToManyField(
        Department, blank=True, related_name="+", verbose_name=_("departments")
    )
    """Whose people read it, where the audience is some departments."""
    teams = models.ManyToManyField(Team, blank=True, related_name="+", verbose_name=_("teams"))
    """Whose people read it, where the audience is some teams."""
    is_featured = models.BooleanField(_("on the home page"), default=False)
    owner = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="owned_articles",
        verbose_name=_("owner"),
        help_text=_("Keeps it true: gets comments and is asked to review it."),
    )
    review_days = models.PositiveIntegerField(_("days between reviews"), null=True, blank=True)
    """Its own interval; without one, that of its category. 0: never."""
    reviewed_at = models.DateTimeField(null=True, editable=False)
    review_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    publish_at = models.DateTimeField(_("publish at"), null=True, blank=True)
    """When the revision that was approved goes out by itself."""
    publish_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    """Who planned that, and so whose right it is checked by."""
    publish_number = models.PositiveIntegerField(null=True, editable=False)
    """The revision that goes out then, whatever is saved meanwhile."""
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    """When it is archived by itself."""
    language = models.CharField(_("language"), max_length=10, default=default_language)
    translation_of = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="translations",
        verbose_name=_("translation of"),
    )
    translated_number = models.PositiveIntegerField(null=True, blank=True, editable=False)
    """The published revision of the source that this translation follows."""
    service_slug = models.SlugField(_("service"), max_length=60, blank=True)
    """The service that it is about, by its address: services belong to tickets, which this package knows nothing of."""
    helpful_count = models.PositiveIntegerField(default=0, editable=False)
    unhelpful_count = models.PositiveIntegerField(default=0, editable=False)
    solved_count = models.PositiveIntegerField(default=0, editable=False)
    """Tickets that were resolved with it."""
    author = models.ForeignKey(
        User, models.PROTECT, related_name="articles", verbose_name=_("author")
    )
    source_path = models.CharField(
        max_length=300, null=True, blank=True, unique=True, editable=False
    )
    revision_number = models.PositiveIntegerField(default=0, editable=False)
    published_number = models.PositiveIntegerField(null=True, editable=False)
    text_number = models.PositiveIntegerField(null=True, editable=False)
    """The revision that readers first saw this very text in, where it only moved since; see `read_number`."""
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"))
    """When an editor last changed anything, for the shelf. Readers are told `text_changed_at`."""
    text_changed_at = models.DateTimeField(default=timezone.now, editable=False)
    """Since when the text on this row says what it says: the published one; of others, the latest one."""
    published_at = models.DateTimeField(null=True, editable=False)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        indexes = [
            models.Index(fields=["-updated_at", "-id"], name="article_shelf"),
            models.Index(fields=["state", "audience", "id"], name="article_audience"),
            models.Index(
                fields=["publish_at"], name="article_planned", condition=Q(publish_at__isnull=False)
            ),
            models.Index(
                fields=["expires_at"], name="article_expiry", condition=Q(expires_at__isnull=False)
            ),
            models.Index(
                fields=["review_due_at"],
                name="article_due",
                condition=Q(review_due_at__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["translation_of", "language"],
                name="translated_once",
                condition=Q(translation_of__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("knowledge:article", args=[self.slug])

    @property
    def is_published(self) -> bool:
        return self.state == self.State.PUBLISHED

    @property
    def is_for_readers(self) -> bool:
        """Published, or about to be without anybody looking again."""
        return self.is_published or self.publish_at is not None

    @property
    def is_archived(self) -> bool:
        return self.state == self.State.ARCHIVED

    @property
    def is_for_few(self) -> bool:
        """May somebody who works here not read it?"""
        return self.audience not in (Audience.EVERYBODY, Audience.EMPLOYEES)

    @property
    def has_newer_draft(self) -> bool:
        return self.is_published and self.revision_number != self.published_number

    @property
    def read_number(self) -> int:
        """The revision that readers' words on the published text belong to: moving it asks nobody again."""
        return self.text_number or self.published_number or 0

    @property
    def is_planned_before(self) -> bool:
        """Does an earlier revision than the newest go out by itself?"""
        return self.publish_number is not None and self.publish_number != self.revision_number

    @property
    def interval(self) -> int:
        """Days between reviews; 0: never."""
        if self.review_days is not None:
            return self.review_days
        return self.section.review_days if self.section else DEFAULT_REVIEW_DAYS

    @property
    def is_due(self) -> bool:
        return bool(
            self.is_published and self.review_due_at and self.review_due_at <= timezone.now()
        )

    @property
    def votes(self) -> int:
        return self.helpful_count + self.unhelpful_count

    @property
    def helpful_share(self) -> int:
        """Percent of those who said so."""
        return round(100 * self.helpful_count / self.votes) if self.votes else 0

    @property
    def keeper_id(self) -> int:
        """Who hears of it: its owner, or who wrote it."""
        return self.owner_id or self.author_id


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


class NextPlace(models.Model):
    """Where an article is to stand, and who is to read it, once readers see this revision.

    Kept only while that is to come: publishing puts it onto the article. Revisions without one go out where it stands.
    """

    article = models.ForeignKey(Article, models.CASCADE, related_name="next_places", db_index=False)
    number = models.PositiveIntegerField()
    """The revision."""
    audience = models.CharField(max_length=12, choices=Audience)
    kind = models.CharField(max_length=12, choices=Article.Kind)
    section = models.ForeignKey(
        Section, models.PROTECT, null=True, blank=True, related_name="next_places"
    )
    departments = models.ManyToManyField(Department, blank=True, related_name="+")
    teams = models.ManyToManyField(Team, blank=True, related_name="+")
    is_featured = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "number"], name="one_next_place")]

    def __str__(self) -> str:
        return f"{self.article_id} from revision {self.number}: {self.audience}"


class FormerSlug(models.Model):
    """An address that an article had. It leads to the article as long as nobody else takes it."""

    slug = models.SlugField(max_length=120, unique=True)
    article = models.ForeignKey(Article, models.CASCADE, related_name="former_slugs")

    def __str__(self) -> str:
        return self.slug


class ArticleDraft(models.Model):
    """What somebody is writing and has not saved: kept as they type, and seen by others who open the editor."""

    article = models.ForeignKey(
        Article, models.CASCADE, null=True, related_name="drafts", db_index=False
    )
    """None: an article that is not there yet."""
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    form = models.JSONField(default=dict)
    based_on = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "user"], name="article_draft_once"),
            models.UniqueConstraint(
                fields=["user"], name="new_article_draft_once", condition=Q(article=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} writes {self.article_id}"


class Review(models.Model):
    """Somebody asked for a revision to be looked at before readers see it."""

    class Decision(models.TextChoices):
        OPEN = "open", _("Waiting for review")
        APPROVED = "approved", _("Approved")
        CHANGES = "changes", _("Changes asked for")
        TAKEN_BACK = "taken_back", _("Taken back")

    article = models.ForeignKey(Article, models.CASCADE, related_name="reviews", db_index=False)
    number = models.PositiveIntegerField()
    """The revision."""
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField()
    reviewer = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    """Who is asked; nobody: whoever may publish there."""
    message = models.CharField(max_length=300, blank=True)
    decision = models.CharField(max_length=12, choices=Decision, default=Decision.OPEN)
    decided_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    comment = models.TextField(blank=True)

    class Meta:
        ordering = ["article", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["article"], name="one_open_review", condition=Q(decision="open")
            )
        ]
        indexes = [
            models.Index(fields=["article", "-id"], name="review_of_article"),
            models.Index(fields=["asked_at"], name="review_waiting", condition=Q(decision="open")),
        ]

    def __str__(self) -> str:
        return f"{self.article_id} revision {self.number}: {self.decision}"


class ReviewTask(models.Model):
    """An editor should look at an article: it is old, readers were not helped, something in it broke, or it did not go out."""

    class Reason(models.TextChoices):
        DUE = "due", _("Due for review")
        LOW_SCORE = "low_score", _("Did not help")
        LINKS = "links", _("Broken links")
        OUTDATED = "outdated", _("Translation behind its source")
        NOT_OUT = "not_out", _("Did not go out as planned")

    article = models.ForeignKey(Article, models.CASCADE, related_name="tasks", db_index=False)
    reason = models.CharField(max_length=12, choices=Reason)
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["article", "reason"], name="one_open_task", condition=Q(done_at=None)
            )
        ]
        indexes = [
            models.Index(fields=["created_at", "id"], name="tasks_open", condition=Q(done_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.article_id}: {self.reason}"


class Feedback(models.Model):
    """A reader's word on a revision: did it help, why not, and what they want to tell its owner."""

    class Why(models.TextChoices):
        UNCLEAR = "unclear", _("Hard to understand")
        WRONG = "wrong", _("Wrong or out of date")
        INCOMPLETE = "incomplete", _("Something is missing")
        OTHER = "other", _("Not what I was looking for")

    article = models.ForeignKey(Article, models.CASCADE, related_name="feedback", db_index=False)
    number = models.PositiveIntegerField()
    """The published revision that they read."""
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    is_helpful = models.BooleanField()
    why = models.CharField(max_length=12, choices=Why, blank=True)
    comment = models.TextField(blank=True)
    created_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    answer = models.TextField(blank=True)

    class Meta:
        ordering = ["article", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["article", "number", "user"], name="one_word_each")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.article_id}"


class VisitorVotes(models.Model):
    """How many visitors a revision helped, of those who said so: numbers alone, nothing of who they were."""

    article = models.ForeignKey(
        Article, models.CASCADE, related_name="visitor_votes", db_index=False
    )
    number = models.PositiveIntegerField()
    """The published revision that they read."""
    helpful = models.PositiveIntegerField(default=0)
    unhelpful = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="visitors_counted_once")
        ]

    def __str__(self) -> str:
        return f"{self.article_id}, revision {self.number}: {self.helpful} of {self.votes}"

    @property
    def votes(self) -> int:
        return self.helpful + self.unhelpful


class Subscription(models.Model):
    """Somebody who wants to hear of what is new in an article, or in a whole category."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    article = models.ForeignKey(
        Article, models.CASCADE, null=True, blank=True, related_name="subscriptions"
    )
    section = models.ForeignKey(
        Section, models.CASCADE, null=True, blank=True, related_name="subscriptions"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(article=None) ^ Q(section=None), name="subscribed_to_one_thing"
            ),
            models.UniqueConstraint(
                fields=["user", "article"],
                name="article_followed_once",
                condition=Q(article__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["user", "section"],
                name="section_followed_once",
                condition=Q(section__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} reads {self.article_id or self.section_id}"


class Synonym(models.Model):
    """Words that mean the same here: whoever searches for one finds the others."""

    words = models.JSONField(_("words"), default=list)
    language = models.CharField(_("language"), max_length=10, blank=True)
    changed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("synonyms")
        verbose_name_plural = _("synonyms")

    def __str__(self) -> str:
        return ", ".join(self.words)


class Outline(models.Model):
    """What an article of a kind begins with: its headings, and what to write below them."""

    kind = models.CharField(_("kind"), max_length=12, choices=Article.Kind)
    language = models.CharField(_("language"), max_length=10, default=default_language)
    body = models.TextField(
        _("text"),
        help_text=_(
            "{{symptom}}, {{cause}} and {{fix}} are filled in when an article is made from a ticket. What stands in <!-- … --> is for the writer: readers never see it."
        ),
    )

    class Meta:
        ordering = ["kind", "language"]
        verbose_name = _("outline")
        verbose_name_plural = _("outlines")
        constraints = [models.UniqueConstraint(fields=["kind", "language"], name="one_outline")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.language})"


_NO_MARKS = str.maketrans(dict.fromkeys("[]()\\`*_!", " "))


class ArticleFileQuerySet(models.QuerySet["ArticleFile"]):
    def visible_to(self, user: Any) -> "ArticleFileQuerySet":
        """A file is seen by whoever reads its article; what was removed or is new to its draft, by its editors alone.

        What waits for an article that is not there yet, by whoever brought it.
        """
        in_use = Q(is_listed=True) | Q(article__body__contains=F("token"))
        read = Q(in_use, article__in=Article.objects.readable_by(user), removed_at=None)
        if user.is_authenticated and user.is_editor:
            written = Q(article__in=Article.objects.on_shelf_of(user))
            return self.filter(read | written | Q(article=None, uploaded_by=user))
        return self.filter(read)

    def offered(self) -> "ArticleFileQuerySet":
        """To be downloaded below the article."""
        return self.filter(is_listed=True, removed_at=None)


class ArticleFile(StoredFile):
    """A picture or a file of an article. Whoever reads the article, reads it; removed ones stay for older revisions."""

    FOLDER = "articles"
    PAGE = "knowledge:file"

    article = models.ForeignKey(Article, models.CASCADE, null=True, related_name="files")
    """None: brought for an article that is not saved yet."""
    is_listed = models.BooleanField(default=True)
    """Offered below the article to download; pictures in its text are not."""
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ArticleFileQuerySet.as_manager()

    @property
    def in_text(self) -> str:
        """How a text names it."""
        words = self.name.rpartition(".")[0].translate(_NO_MARKS)
        mark = "!" if self.is_picture else ""
        address = self.get_absolute_url().replace("(", "%28").replace(")", "%29")
        return f"{mark}[{words}]({address})"


class BrokenLink(models.Model):
    """A link of a published article that leads nowhere, as the last check saw it."""

    article = models.ForeignKey(
        Article, models.CASCADE, related_name="broken_links", db_index=False
    )
    address = models.CharField(max_length=500)
    problem = models.CharField(max_length=200)
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["article", "address"]
        constraints = [
            models.UniqueConstraint(fields=["article", "address"], name="broken_link_once")
        ]

    def __str__(self) -> str:
        return f"{self.article_id}: {self.address}"


class Search(models.Model):
    """What somebody looked for, and whether it was there: the stuff that gaps are found from. Removed after a while."""

    words = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    """The words as they are compared: stems in order, without fillers."""
    user = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    language = models.CharField(max_length=10)
    found = models.PositiveIntegerField()
    """Good hits, capped."""
    opened = models.ForeignKey(
        Article, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    """The hit that they went on to read."""
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["at", "id"], name="search_age"),
            models.Index(fields=["key", "at"], name="search_gap", condition=Q(found=0)),
        ]

    def __str__(self) -> str:
        return self.words


class ClosedGap(models.Model):
    """A gap that somebody dealt with: written up, given a synonym, or not worth an article."""

    key = models.CharField(max_length=200, unique=True)
    article = models.ForeignKey(
        Article, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    closed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    closed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
