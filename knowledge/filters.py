"""Narrowing and ordering the shelf. Every key and value comes from a list of ours; the address is the state."""

from typing import Any

import django_filters
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from knowledge.models import Article, ArticleQuerySet, Audience, Section

IN_REVIEW, DUE, PLANNED, NEWER, EVERYTHING = "in_review", "due", "planned", "newer", "everything"
STATES: tuple[tuple[str, str | Promise], ...] = (
    (Article.State.DRAFT, Article.State.DRAFT.label),
    (IN_REVIEW, _("In review")),
    (PLANNED, _("Planned")),
    (Article.State.PUBLISHED, Article.State.PUBLISHED.label),
    (NEWER, _("Published, with a newer draft")),
    (DUE, _("Due for review")),
    (Article.State.ARCHIVED, Article.State.ARCHIVED.label),
    (EVERYTHING, _("All, with the archive")),
)
ORDERS: dict[str, tuple[str | Promise, tuple[str, ...]]] = {
    "": (_("Drafts first"), ("state", "-updated_at", "-id")),
    "updated": (_("Last changed"), ("-updated_at", "-id")),
    "title": (_("Title"), ("title", "id")),
    "due": (_("Due soonest"), ("review_due_at", "id")),
    "solved": (_("Solved most"), ("-solved_count", "-id")),
    "unhelpful": (_("Helped least"), ("-unhelpful_count", "-id")),
}
ME, NOBODY = "me", "nobody"
MOST_OWNERS = 200


class ShelfFilter(django_filters.FilterSet):
    """Without a state everything that is in use: the archive is shown where it is asked for."""

    q = django_filters.CharFilter(field_name="title", lookup_expr="icontains")
    state = django_filters.ChoiceFilter(choices=STATES, method="in_state")
    kind = django_filters.ChoiceFilter(choices=Article.Kind.choices)
    section = django_filters.ModelChoiceFilter(
        queryset=Section.objects.all(), to_field_name="slug", field_name="section"
    )
    owner = django_filters.ChoiceFilter(method="owned_by")
    audience = django_filters.ChoiceFilter(choices=Audience.choices)
    language = django_filters.ChoiceFilter()
    sort = django_filters.ChoiceFilter(
        choices=[(key, label) for key, (label, _keys) in ORDERS.items() if key], method="in_order"
    )

    def __init__(self, data: Any, queryset: ArticleQuerySet, *, user: User) -> None:
        super().__init__(data, queryset)
        self.user = user
        self.owners = list(
            User.objects.filter(owned_articles__isnull=False)
            .distinct()
            .order_by("display_name")[:MOST_OWNERS]
        )
        people = [(str(one.pk), one.display_name) for one in self.owners]
        spoken = list(
            Article.objects.order_by("language").values_list("language", flat=True).distinct()
        )
        self.owner_choices = [(ME, _("Mine")), (NOBODY, _("Nobody’s")), *people]
        self.language_choices = [(code, code) for code in spoken]
        self.filters["owner"].extra["choices"] = self.owner_choices
        self.filters["language"].extra["choices"] = self.language_choices

    @property
    def keys(self) -> tuple[str, ...]:
        """What the rows are ordered and paged by."""
        asked = self.form.cleaned_data.get("sort", "") if self.form.is_valid() else ""
        return ORDERS[asked or ""][1]

    def filter_queryset(self, queryset: ArticleQuerySet) -> ArticleQuerySet:
        if not self.form.cleaned_data.get("state"):
            queryset = queryset.exclude(state=Article.State.ARCHIVED)
        return super().filter_queryset(queryset)

    def in_state(self, found: ArticleQuerySet, _name: str, state: str) -> ArticleQuerySet:
        if state == IN_REVIEW:
            return found.waiting_for_review()
        if state == DUE:
            return found.due_for_review(timezone.now())
        if state == PLANNED:
            return found.filter(publish_at__isnull=False)
        if state == NEWER:
            return found.with_newer_draft()
        if state == EVERYTHING:
            return found
        return found.filter(state=state)

    def owned_by(self, found: ArticleQuerySet, _name: str, owner: str) -> ArticleQuerySet:
        if owner == ME:
            return found.filter(Q(owner=self.user) | Q(owner=None, author=self.user))
        return found.filter(owner=None) if owner == NOBODY else found.filter(owner=int(owner))

    def in_order(self, found: ArticleQuerySet, _name: str, order: str) -> ArticleQuerySet:
        """The order itself is that of the pages; what has no date can't be ordered by it."""
        return found.filter(review_due_at__isnull=False) if order == "due" else found
