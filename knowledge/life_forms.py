"""What editors fill in about an article's life: reviews, plans, and who keeps it true."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import Permission
from knowledge import policies
from knowledge.actions.care import LONGEST_INTERVAL
from knowledge.models import Article, Review

MOST_PEOPLE = 300
LONGEST_COMMENT = 5_000


def moment(label: Any, *, required: bool = False, help_text: Any = "") -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": _("Choose a time."), "invalid": _("Enter a date and a time.")},
    )


def people_with(permission: Permission, article: Article) -> list[User]:
    """Who holds the permission and may use it for this article, for pickers."""
    may = policies.can_publish if permission == Permission.ARTICLES_PUBLISH else policies.can_write
    people = User.objects.people().holding_anywhere(permission).order_by("display_name")
    return [person for person in people[:MOST_PEOPLE] if may(person, article)]


class AskReviewForm(forms.Form):
    reviewer = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Who should look"),
        required=False,
        empty_label=_("Anybody who may publish here"),
    )
    message = forms.CharField(
        label=_("What should they know?"),
        required=False,
        max_length=Review._meta.get_field("message").max_length,
    )
    expected = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, by: User, article: Article, **kwargs: Any) -> None:
        kwargs["auto_id"] = "ask_%s"
        super().__init__(*args, **kwargs)
        people = [one for one in people_with(Permission.ARTICLES_PUBLISH, article) if one != by]
        field: Any = self.fields["reviewer"]
        field.queryset = User.objects.filter(pk__in=[one.pk for one in people])


class DecideForm(forms.Form):
    """What a reviewer says; the button that was pressed is the decision."""

    APPROVE, PUBLISH, PLAN, CHANGES = "approve", "publish", "plan", "changes"

    comment = forms.CharField(
        label=_("Your comment"),
        required=False,
        max_length=LONGEST_COMMENT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Needed when you ask for changes."),
    )
    publish_at = moment(_("Publish at"), help_text=_("Only for “approve and plan”."))
    decision = forms.ChoiceField(
        choices=[(one, one) for one in (APPROVE, PUBLISH, PLAN, CHANGES)], required=True
    )
    expected = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["auto_id"] = "decide_%s"
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        planned = cleaned.get("decision") == self.PLAN
        if planned and not cleaned.get("publish_at") and "publish_at" not in self.errors:
            self.add_error("publish_at", _("Choose a time."))
        return cleaned


class PlanForm(forms.Form):
    publish_at = moment(_("Publish at"), required=True)
    expected = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["auto_id"] = "plan_%s"
        super().__init__(*args, **kwargs)


class CareForm(forms.Form):
    owner = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Owner"),
        required=False,
        empty_label=_("Nobody"),
        help_text=Article._meta.get_field("owner").help_text,
    )
    review_days = forms.IntegerField(
        label=_("Days between reviews"),
        required=False,
        min_value=0,
        max_value=LONGEST_INTERVAL,
    )
    expires_at = moment(
        _("Archive by itself at"), help_text=_("For what is only true for a while.")
    )

    def __init__(self, *args: Any, article: Article, **kwargs: Any) -> None:
        kwargs["auto_id"] = "care_%s"
        kwargs["initial"] = {
            "owner": article.owner_id,
            "review_days": article.review_days,
            "expires_at": article.expires_at,
        }
        super().__init__(*args, **kwargs)
        keys = {one.pk for one in people_with(Permission.ARTICLES_WRITE, article)}
        if article.owner_id:
            keys.add(article.owner_id)
        owner: Any = self.fields["owner"]
        owner.queryset = User.objects.filter(pk__in=keys)
        usual = article.section.review_days if article.section else None
        self.fields["review_days"].help_text = (
            _("Empty: as its category says, %(n)s. 0: never.") % {"n": usual}
            if usual is not None
            else _("0: never.")
        )
