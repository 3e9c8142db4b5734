"""Articles and their categories in administration. Text is written on the editors' shelf, not here."""

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts import administration
from accounts.administration.logged import LoggedAdmin, SluggedAdmin
from accounts.permissions import Permission
from knowledge import actions
from knowledge.models import Article, Outline, Section, Synonym
from knowledge.search import query

KNOWLEDGE = gettext_lazy("Knowledge base")
FEWEST_SYNONYMS, MOST_SYNONYMS, LONGEST_SYNONYM = 2, 30, 60


@admin.register(Article)
class ArticleAdmin(LoggedAdmin):
    """Read-only: an article changes by the verbs of the shelf alone."""

    permission = Permission.ARTICLES_PUBLISH
    list_display = ["title", "state", "audience", "section", "author", "updated_at"]
    list_filter = ["state", "audience", "section"]
    list_select_related = ["section", "author"]
    search_fields = ["title"]
    search_help_text = gettext_lazy("Find by title")
    ordering = ["-updated_at", "-pk"]
    readonly_fields = [
        "title", "shelf", "state", "audience", "section", "author", "updated_at", "summary", "body",
    ]  # fmt: skip
    fields = tuple(readonly_fields)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        return Article.objects.visible_to(request.user)

    @admin.display(description=gettext_lazy("shelf"))
    def shelf(self, article: Article) -> str:
        return format_html(
            '<a class="fb-link" href="{}">{}</a>',
            reverse("knowledge:edit", args=[article.slug]),
            _("Open on the editors' shelf"),
        )


@admin.register(Section)
class SectionAdmin(SluggedAdmin):
    permission = Permission.ARTICLES_PUBLISH
    list_display = ["name", "description", "kept_by", "review_days", "article_count", "position"]
    search_fields = ["name"]
    fields = ["name", "description", "icon", "position", "keepers", "review_days"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Section]:
        rows = super().get_queryset(request).prefetch_related("keepers")
        return rows.annotate(articles_here=Count("articles", distinct=True))

    def get_readonly_fields(self, request: Any, obj: Any = None) -> tuple[str, ...]:
        """Who keeps a category decides who may write: that is for those who manage roles."""
        return () if request.user.permits.anywhere(Permission.ROLES_MANAGE) else ("keepers",)

    def save_model(self, request: Any, obj: Any, form: ModelForm, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        super().save_model(request, obj, form, change)
        if change and "review_days" in form.changed_data:
            actions.reschedule(obj)

    @admin.display(description=gettext_lazy("kept by"))
    def kept_by(self, section: Any) -> str:
        return ", ".join(team.name for team in section.keepers.all())

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only one where nothing stands, or is to stand."""
        return self.may_change(request) and not (
            obj and (obj.articles.exists() or obj.next_places.exists())
        )

    @admin.display(description=gettext_lazy("articles"), ordering="articles_here")
    def article_count(self, section: Any) -> int:
        return int(section.articles_here)


@admin.register(Outline)
class OutlineAdmin(LoggedAdmin):
    """`{{symptom}}`, `{{cause}}` and `{{fix}}` are filled in when an article is made from a ticket, see `outlines`."""

    permission = Permission.ARTICLES_PUBLISH
    list_display = ["kind", "language"]
    list_filter = ["kind", "language"]
    fields = ["kind", "language", "body"]


class SynonymForm(forms.ModelForm):
    """One word, or a few that stand together, a line."""

    words = forms.CharField(
        label=gettext_lazy("words"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
        max_length=1_000,
        help_text=gettext_lazy(
            "One a line, or with commas between them. Whoever searches for one finds articles with any of them."
        ),
    )

    class Meta:
        model = Synonym
        fields = ("words",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["words"] = "\n".join(self.instance.words)

    def clean_words(self) -> list[str]:
        given = re.split(r"[\n,;]+", self.cleaned_data["words"])
        words = list(dict.fromkeys(" ".join(one.split()) for one in given if query.tokens(one)))
        if len({" ".join(query.tokens(one)) for one in words}) < FEWEST_SYNONYMS:
            raise ValidationError(_("Write at least two different words."))
        if len(words) > MOST_SYNONYMS:
            raise ValidationError(_("Write at most %s words.") % MOST_SYNONYMS)
        if any(len(one) > LONGEST_SYNONYM for one in words):
            raise ValidationError(_("Keep each within %s characters.") % LONGEST_SYNONYM)
        return words


@admin.register(Synonym)
class SynonymAdmin(LoggedAdmin):
    permission = Permission.ARTICLES_PUBLISH
    form = SynonymForm
    list_display = ["listed", "changed_by", "changed_at"]
    list_select_related = ["changed_by"]
    search_fields = ["words"]
    search_help_text = gettext_lazy("Find by a word")
    fields = ["words"]

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        super().save_model(request, obj, form, change)
        obj.changed_by = request.user
        obj.save(update_fields=["changed_by", "changed_at"])

    @admin.display(description=gettext_lazy("words"))
    def listed(self, synonym: Synonym) -> str:
        return str(synonym)


administration.offer(
    administration.Page(
        70, gettext_lazy("Articles"), gettext_lazy("What is published, for whom."),
        "article", "admin:knowledge_article_changelist", (Permission.ARTICLES_PUBLISH,), KNOWLEDGE,
    ),
    administration.Page(
        75, gettext_lazy("Article categories"), gettext_lazy("The shelves that readers browse."),
        "menu_book", "admin:knowledge_section_changelist", (Permission.ARTICLES_PUBLISH,), KNOWLEDGE,
    ),
    administration.Page(
        77, gettext_lazy("Outlines"), gettext_lazy("What an article of each kind begins with."),
        "format_list_bulleted", "admin:knowledge_outline_changelist", (Permission.ARTICLES_PUBLISH,), KNOWLEDGE,
    ),
    administration.Page(
        78, gettext_lazy("Synonyms"), gettext_lazy("Words that search takes for one another."),
        "sync_alt", "admin:knowledge_synonym_changelist", (Permission.ARTICLES_PUBLISH,), KNOWLEDGE,
    ),
)  # fmt: skip
