"""The field of each kind of question: how it is drawn, and what it takes. Names are `q-<key>`, a type's `qt-<key>`."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.digits import whole
from accounts.models import User
from incidents.tickets.forms import FilesField, FilesInput
from incidents.tickets.models import Service
from incidents.tickets.people import NotOnePerson, find_one
from incidents.tickets.questions.definition import TODAY, Question, QuestionKind
from incidents.tickets.questions.values import Answer, canonical_date, canonical_number, is_empty

LONGEST_LINE = 1_000
LONGEST_TEXT = 10_000
MOST_CARDS = 4
"""More options than these stand in a list to open."""
NOT_OFFERED = gettext_lazy("Choose from the list.")
CHOICES: tuple[tuple[str, Any], ...] = (("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")))
WORDS = {"yes": True, "no": False}


@dataclass(frozen=True)
class Picked:
    """A person as the picker gives them: the name in the field, and the key of whom was chosen."""

    name: str
    key: str = ""

    def __bool__(self) -> bool:
        return bool(self.name or self.key)


class Unclear(ValidationError):
    """Nobody or several people have this name; `people` are those to choose from."""

    def __init__(self, message: str, people: list[User]) -> None:
        super().__init__(message)
        self.people = people


class PersonInput(forms.TextInput):
    """The name, and beside it a hidden field with the key; drawn by `components/_person.html`."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Picked:
        # Several people of one name are offered as radio buttons of the hidden field's name: the last one counts.
        return Picked((data.get(name) or "").strip(), data.get(f"{name}-pk") or "")


class PersonField(forms.CharField):
    """`by` is who looks for somebody, so that nobody reads out the company name by name."""

    widget = PersonInput

    def __init__(self, *, by: User | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.by = by

    def prepare_value(self, value: Any) -> Any:
        return value.name if isinstance(value, Picked) else value

    def clean(self, value: Any) -> int | None:
        if isinstance(value, int) and not isinstance(value, bool):
            if not User.objects.people().filter(pk=value).exists():
                raise ValidationError(_("There is nobody with this key."))
            return value
        picked = value if isinstance(value, Picked) else Picked(str(value or "").strip())
        if not picked.name:
            return super().clean("")
        try:
            return find_one(super().clean(picked.name), picked.key, by=self.by).pk
        except NotOnePerson as unclear:
            raise Unclear(unclear.message, list(unclear.choices)) from unclear


class NumberField(forms.Field):
    """A number of at most 15 digits, kept as it is written."""

    widget = forms.NumberInput

    def __init__(self, *, minimum: str | None, maximum: str | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.minimum, self.maximum = minimum, maximum
        limits = {"min": minimum, "max": maximum}
        self.widget.attrs |= {name: limit for name, limit in limits.items() if limit}
        self.widget.attrs |= {"step": "any", "inputmode": "decimal"}

    def clean(self, value: Any) -> str | None:
        if is_empty(value):
            return super().clean(None)
        number = canonical_number(value)
        if number is None:
            raise ValidationError(_("Enter a number."))
        if self.minimum and Decimal(number) < Decimal(self.minimum):
            raise ValidationError(_("Enter at least %s.") % number_format(Decimal(self.minimum)))
        if self.maximum and Decimal(number) > Decimal(self.maximum):
            raise ValidationError(_("Enter at most %s.") % number_format(Decimal(self.maximum)))
        return number


class DayField(forms.Field):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def clean(self, value: Any) -> str | None:
        if is_empty(value):
            return super().clean(None)
        day = canonical_date(value)
        if day is None:
            raise ValidationError(_("Enter a day, like %s.") % timezone.localdate().isoformat())
        return day


class YesNoField(forms.ChoiceField):
    widget = forms.RadioSelect

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=CHOICES, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value

    def clean(self, value: Any) -> bool | None:  # type: ignore[override]  # an answer, not its word
        if isinstance(value, bool):
            return value
        return WORDS.get(super().clean(value))


class ServiceField(forms.ModelChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            Service.objects.filter(is_retired=False), empty_label=_("Choose"), **kwargs
        )

    def clean(self, value: Any) -> int | None:  # type: ignore[override]  # its key
        service = super().clean(value)
        return service and service.pk


def field_of(question: Question, *, by: User | None = None) -> forms.Field:
    """The form field that draws this question and takes its answer."""
    common: dict[str, Any] = {
        "label": question.label,
        "help_text": question.help,
        "required": question.required,
        "initial": begin_with(question),
        "error_messages": {"required": _("Answer this question."), "invalid_choice": NOT_OFFERED},
    }
    match question.kind:
        case QuestionKind.TEXT:
            return forms.CharField(max_length=LONGEST_LINE, **common)
        case QuestionKind.LONG_TEXT:
            area = forms.Textarea(attrs={"rows": 4})
            return forms.CharField(max_length=LONGEST_TEXT, widget=area, **common)
        case QuestionKind.NUMBER:
            return NumberField(minimum=question.minimum, maximum=question.maximum, **common)
        case QuestionKind.DATE:
            return DayField(**common)
        case QuestionKind.CHOICE:
            return _choice(question, common)
        case QuestionKind.CHOICES:
            offered = [(option, option) for option in question.options]
            boxes = forms.CheckboxSelectMultiple
            return forms.MultipleChoiceField(choices=offered, widget=boxes, **common)
        case QuestionKind.YES_NO:
            return YesNoField(**common)
        case QuestionKind.PERSON:
            return PersonField(max_length=120, by=by, **common)
        case QuestionKind.SERVICE:
            return ServiceField(**common)
    return FilesField(widget=FilesInput(), **common)


def _choice(question: Question, common: dict[str, Any]) -> forms.ChoiceField:
    """As cards where they are few and one must be chosen (cards can't be unchosen), otherwise as a list."""
    offered = [(option, option) for option in question.options]
    if question.required and len(offered) <= MOST_CARDS:
        return forms.ChoiceField(choices=offered, widget=forms.RadioSelect, **common)
    empty = _("Choose") if question.required else _("No answer")
    return forms.ChoiceField(choices=[("", empty), *offered], **common)


def begin_with(question: Question) -> Answer:
    """What stands in the field before anything is answered."""
    if question.kind == QuestionKind.DATE and question.default == TODAY:
        return timezone.localdate().isoformat()
    return question.default


def glance(question: Question, raw: Any) -> Answer:
    """A raw answer as conditions see it, without asking the database; nothing where it is none.

    The browser reads its fields in the same way, so that both sides ask the same questions, also while something
    else is still wrong with an answer.
    """
    match question.kind:
        case QuestionKind.TEXT | QuestionKind.LONG_TEXT:
            if not isinstance(raw, str | int | float):
                return None
            return str(raw).replace("\r\n", "\n").strip() or None
        case QuestionKind.NUMBER:
            return canonical_number(raw)
        case QuestionKind.DATE:
            return canonical_date(raw)
        case QuestionKind.CHOICE:
            return raw if raw in question.options else None
        case QuestionKind.CHOICES:
            ticked = raw if isinstance(raw, list | tuple) else []
            return [option for option in question.options if option in ticked] or None
        case QuestionKind.YES_NO:
            return (
                raw if isinstance(raw, bool) else WORDS.get(raw) if isinstance(raw, str) else None
            )
        case QuestionKind.SERVICE:
            return whole(raw, 15)
        case QuestionKind.PERSON:
            return bool(raw.strip() if isinstance(raw, str) else raw) or None
    return True if raw else None


def glances(
    questions: tuple[Question, ...], raw: Mapping[str, Any], files: Mapping[str, Any]
) -> dict[str, Answer]:
    """All raw answers as conditions see them."""
    return {
        question.key: glance(
            question, (files if question.kind == QuestionKind.FILE else raw).get(question.key)
        )
        for question in questions
    }
