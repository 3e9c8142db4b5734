"""What writers fill in: the text of an article, and where it stands."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import QueryDict
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Department, Team
from knowledge.importing.waiting import MOST_BYTES
from knowledge.models import Article, Audience, Revision, Section

MOST_TAGS = 12
LONGEST_TAG = 40
LONGEST_BODY = 200_000
PLACE = ("section", "audience", "departments", "teams", "kind", "is_featured")
"""Where an article stands and who reads it, apart from its text."""
NAME_ONE = {
    "departments": gettext_lazy("Choose at least one department."),
    "teams": gettext_lazy("Choose at least one team."),
}


class ArticleForm(forms.Form):
    """One saved state of an article. `expected` is the revision it was written from."""

    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=Article._meta.get_field("title").max_length,
        error_messages={"required": gettext_lazy("Give the article a title.")},
    )
    summary = forms.CharField(
        label=gettext_lazy("Summary"),
        max_length=Article._meta.get_field("summary").max_length,
        required=False,
        help_text=gettext_lazy("One sentence, shown in lists and search."),
    )
    body = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=LONGEST_BODY,
        required=False,
        error_messages={
            "max_length": gettext_lazy(
                "This text has %(show_value)d characters, and %(limit_value)d are the most. Split it into several articles, or attach it as a file."
            )
        },
        widget=forms.Textarea(attrs={"rows": 22}),
    )
    tags = forms.CharField(
        label=gettext_lazy("Tags"),
        required=False,
        max_length=MOST_TAGS * (LONGEST_TAG + 2),
        help_text=gettext_lazy("Other words people look for, with commas between."),
    )
    section = forms.ModelChoiceField(
        Section.objects.all(),
        label=gettext_lazy("Category"),
        empty_label=gettext_lazy("None yet"),
        required=False,
    )
    audience = forms.ChoiceField(
        label=gettext_lazy("Who may read it"),
        choices=Audience.choices,
        initial=Audience.EMPLOYEES,
    )
    departments = forms.ModelMultipleChoiceField(
        Department.objects.all(),
        label=gettext_lazy("Departments that may read it"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    teams = forms.ModelMultipleChoiceField(
        Team.objects.all(),
        label=gettext_lazy("Teams that may read it"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=Article.Kind.choices,
        initial=Article.Kind.HOW_TO,
        help_text=gettext_lazy(
            "Known errors are suggested first to people who are reporting a problem."
        ),
    )
    is_featured = forms.BooleanField(label=gettext_lazy("Show on the home page"), required=False)
    note = forms.CharField(
        label=gettext_lazy("What did you change?"),
        max_length=Revision._meta.get_field("note").max_length,
        required=False,
    )
    slug = forms.SlugField(
        label=gettext_lazy("Address"),
        max_length=100,
        required=False,
        help_text=gettext_lazy(
            "Changes at once, also where readers still see the text published before. Links to a former address still lead here."
        ),
    )
    expected = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, may_settle: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.may_settle = may_settle
        had = self.initial.get("teams") or []
        teams = Team.objects.filter(Q(is_retired=False) | Q(pk__in=had))
        self.fields["teams"].queryset = teams  # type: ignore[attr-defined]
        for name in (*PLACE, "slug"):
            self.fields[name].disabled = not may_settle

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for audience, name in ((Audience.DEPARTMENTS, "departments"), (Audience.TEAMS, "teams")):
            if (
                given.get("audience") == audience
                and not given.get(name)
                and name not in self.errors
                and not self.fields[name].disabled
            ):
                self.add_error(name, NAME_ONE[name])
        return given

    def clean_tags(self) -> list[str]:
        tags = tags_in(self.cleaned_data["tags"])
        if len(tags) > MOST_TAGS:
            raise ValidationError(_("At most %(most)s tags.") % {"most": MOST_TAGS})
        if any(len(tag) > LONGEST_TAG for tag in tags):
            raise ValidationError(_("A tag has at most %(most)s letters.") % {"most": LONGEST_TAG})
        return tags

    def based_on(self, revision: int) -> "ArticleForm":
        """The same words, to be saved again by a writer who has now seen this revision."""
        return self.with_words({"expected": str(revision)})

    def with_words(self, words: Mapping[str, str]) -> "ArticleForm":
        """The same choices with other words in these fields."""
        data = cast("QueryDict", self.data).copy()
        for name, value in words.items():
            data[name] = value
        self.data = data
        return self


def tags_in(text: str) -> list[str]:
    """Each once, as they were typed with commas between."""
    tags = [" ".join(tag.split()) for tag in text.split(",")]
    return list(dict.fromkeys(tag for tag in tags if tag))


class ImportForm(forms.Form):
    """A zip of Markdown files, and how they are to be taken."""

    packed = forms.FileField(
        label=gettext_lazy("Zip file"),
        widget=forms.FileInput(attrs={"accept": ".zip"}),
        error_messages={
            "required": gettext_lazy("Choose a zip file."),
            "empty": gettext_lazy("This file is empty."),
        },
        help_text=gettext_lazy(
            "Markdown files, their pictures beside them. Nothing is written before you have seen the list."
        ),
    )
    audience = forms.ChoiceField(
        label=gettext_lazy("Who reads files that don’t say it"),
        choices=[
            (value, label)
            for value, label in Audience.choices
            if value not in (Audience.DEPARTMENTS, Audience.TEAMS)
        ],
        initial=Audience.EMPLOYEES,
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What kind files are that don’t say it"),
        choices=Article.Kind.choices,
        initial=Article.Kind.HOW_TO,
    )
    publish = forms.BooleanField(
        label=gettext_lazy("Publish them at once, except those that say they are drafts"),
        required=False,
    )
    overwrite = forms.BooleanField(
        label=gettext_lazy(
            "Change articles that are here already, also those that somebody edited since"
        ),
        required=False,
    )

    def __init__(self, *args: Any, may_publish: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_publish:
            del self.fields["publish"]

    def clean_packed(self) -> Any:
        packed = self.cleaned_data["packed"]
        if packed.size > MOST_BYTES:
            raise ValidationError(
                _("This zip has %(size)s, and %(most)s is the most here.")
                % {"size": filesizeformat(packed.size), "most": filesizeformat(MOST_BYTES)}
            )
        return packed
