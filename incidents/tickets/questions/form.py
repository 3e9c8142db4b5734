"""Questions drawn as part of a page's form, the same on portal and desk."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from accounts.digits import whole
from accounts.models import User
from incidents.tickets.categories import Tree
from incidents.tickets.models import Answers, Attachment, Category, QuestionForm, Service, Ticket
from incidents.tickets.questions import asking, telling, words
from incidents.tickets.questions.checking import Checked, QuestionsChanged, WrongAnswers, check
from incidents.tickets.questions.definition import Question, QuestionKind, asked, parse
from incidents.tickets.questions.fields import Picked, field_of, glance, glances

VERSION = "questions"
"""The hidden field that says which version of the questions the page shows."""
PREFIX = "q"
NOT_PLAIN = {QuestionKind.PERSON, QuestionKind.FILE}
DRAWN = {
    QuestionKind.LONG_TEXT: "text",
    QuestionKind.NUMBER: "text",
    QuestionKind.DATE: "text",
    QuestionKind.SERVICE: "text",
    QuestionKind.YES_NO: "cards",
}


@dataclass(frozen=True)
class Line:
    """One question on the page. `is_off`: not asked under the answers so far."""

    question: Question
    field: BoundField
    drawn: str
    is_off: bool
    only_if: str
    hidden: Mapping[str, str]
    people: list[User]
    files: Sequence[Attachment]


class QuestionsForm(forms.Form):
    """The questions of one version. Bound, it checks; otherwise it begins with what was `kept`, or was `given` before."""

    use_required_attribute = False  # a question that is not asked must not hold the form back

    def __init__(
        self,
        version: QuestionForm,
        data: Any = None,
        files: Any = None,
        *,
        by: User | None = None,
        kept: Any = None,
        given: Mapping[str, Any] | None = None,
        kept_files: Mapping[str, Sequence[Attachment]] | None = None,
        title: str = "",
        **options: Any,
    ) -> None:
        super().__init__(data, files, prefix=PREFIX, **options)
        self.version = version
        self.by = by
        self.title = title
        self.asks = parse(version.questions)
        self.checked: Checked | None = None
        self.people: dict[str, list[User]] = {}
        self.kept_files = kept_files or {}
        self.fields = {question.key: field_of(question) for question in self.asks}
        if kept is not None:
            self.initial = self._read(kept)
        if given is not None:
            self.initial = self._given(given)

    def _read(self, kept: Any) -> dict[str, Any]:
        """Values as somebody left them; what was not there yet begins with its default."""
        was_shown = kept.get(VERSION) == str(self.version.pk)
        return {
            question.key: raw_value(question, kept)
            for question in self.asks
            if question.kind != QuestionKind.FILE and (was_shown or self.add_prefix(question.key) in kept)
        }  # fmt: skip

    def _given(self, given: Mapping[str, Any]) -> dict[str, Any]:
        people = [
            question.key
            for question in self.asks
            if question.kind == QuestionKind.PERSON and isinstance(given.get(question.key), int)
        ]
        names = User.objects.in_bulk([given[key] for key in people]) if people else {}
        picked = {
            key: Picked(names[given[key]].display_name, str(given[key]))
            for key in people
            if given[key] in names
        }
        fitting = {
            question.key: given.get(question.key)
            for question in self.asks
            if question.kind not in NOT_PLAIN
            and glance(question, given.get(question.key)) is not None
        }
        # No defaults: what was left open stays open.
        return {question.key: None for question in self.asks} | fitting | picked

    def _clean_fields(self) -> None:
        raw = {question.key: self[question.key].data for question in self.asks}
        files = {one.key: raw.pop(one.key) for one in self.asks if one.kind == QuestionKind.FILE}
        kept = {key: [file.pk for file in files] for key, files in self.kept_files.items()}
        sent = {key: given if isinstance(given, list) else [given] for key, given in files.items() if given}  # fmt: skip
        try:
            self.checked = check(self.version, raw, sent, by=self.by, kept=kept)
        except WrongAnswers as wrong:
            self.people = wrong.people
            for key, messages in wrong.errors.items():
                self.add_error(key, messages)  # type: ignore[arg-type]  # several

    # For the template -------------------------------------------------------------------------------------

    @cached_property
    def lines(self) -> list[Line]:
        raw = {
            question.key: self[question.key].data if self.is_bound else self[question.key].initial
            for question in self.asks
        }
        on = {
            one.key for one in asked(self.asks, glances(self.asks, raw, {**self.kept_files, **raw}))
        }
        by_key = {question.key: question for question in self.asks}
        return [
            Line(
                question=question,
                field=self[question.key],
                drawn=self._drawn(question),
                is_off=question.key not in on,
                only_if=words.only_if(question.show_when, by_key, self._services)
                if question.show_when
                else "",
                hidden=self._hidden(question, raw[question.key]),
                people=self.people.get(question.key, []),
                files=self.kept_files.get(question.key, ()),
            )
            for question in self.asks
        ]

    @property
    def for_browser(self) -> str:
        """What questions.js needs to know: each question's kind and condition."""
        return json.dumps(
            [
                {
                    "key": question.key,
                    "kind": question.kind.value,
                    "when": question.show_when and question.show_when.to_json(),
                    "kept": bool(self.kept_files.get(question.key)),
                }
                for question in self.asks
            ]
        )

    @cached_property
    def _services(self) -> dict[int, str]:
        """Names of services that conditions compare with."""
        conditions = [one.show_when for one in self.asks if one.show_when]
        if not any(one.kind == QuestionKind.SERVICE for one in self.asks) or not conditions:
            return {}
        return dict(Service.objects.values_list("pk", "name"))

    def _drawn(self, question: Question) -> str:
        if question.kind == QuestionKind.CHOICE:
            radio = isinstance(self.fields[question.key].widget, forms.RadioSelect)
            return "cards" if radio else "text"
        return DRAWN.get(question.kind, question.kind.value)

    def _hidden(self, question: Question, raw: Any) -> Mapping[str, str]:
        """The field of a person's key, beside that of the name."""
        if question.kind != QuestionKind.PERSON:
            return {}
        name = self.add_prefix(question.key)
        key = raw.key if isinstance(raw, Picked) else ""
        return {"html_name": f"{name}-pk", "auto_id": f"id_{name}-pk", "value": key}


def for_ticket(
    ticket: Ticket, version: QuestionForm, data: Any = None, files: Any = None, *, by: User
) -> QuestionsForm:
    """What the ticket's category asks now, beginning with the answers that the ticket has.

    Where the page that was sent showed another version, the form is not bound: nothing is checked, all is kept.
    """
    row = Answers.objects.filter(ticket=ticket).first()
    given: Mapping[str, Any] = row.given if row else {}
    keys = {
        question.key: given[question.key]
        for question in parse(version.questions)
        if question.kind == QuestionKind.FILE and _are_keys(given.get(question.key))
    }
    found = (
        ticket.attachments.in_bulk([pk for several in keys.values() for pk in several])
        if keys
        else {}
    )
    kept_files = {
        key: [found[pk] for pk in several if pk in found] for key, several in keys.items()
    }
    if data is None:
        return QuestionsForm(version, by=by, given=given if row else None, kept_files=kept_files)
    if data.get(VERSION) == str(version.pk):
        return QuestionsForm(version, data, files, by=by, kept_files=kept_files)
    return QuestionsForm(version, by=by, kept=data, kept_files=kept_files)


def _are_keys(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, int) for one in value)


def raw_value(question: Question, posted: Any) -> Any:
    """What a posted form says to this question."""
    widget = field_of(question).widget
    return widget.value_from_datadict(posted, MultiValueDict(), f"{PREFIX}-{question.key}")


class AsksQuestions(forms.Form):
    """A form with a field `category`, and the questions of that category as a part of it.

    The questions come with the page, so they may be others by the time it is sent, or none if the category was chosen
    without JavaScript. Then nothing is checked yet: the form comes back with the questions as they are now.
    """

    questions: QuestionsForm | None = None
    lost: list[telling.Given]
    """Answers to questions that are not asked any more, to be copied."""
    is_confined = False
    """The chosen category is confidential."""

    def ask(self, tree: Tree, *, by: User, kept: Any = None) -> None:
        """Add the questions of the category that is chosen. To be called when the other fields are there."""
        self.lost = []
        self._again = ""
        self.fields["category"].widget.attrs |= {
            "hx-post": reverse("tickets:questions"),
            "hx-target": "#questions",
            "hx-swap": "outerHTML",
            "hx-params": "not description,files,kept_for",
            "hx-sync": "this:replace",
        }
        category = self._chosen(tree)
        self.is_confined = category is not None and category.is_confined
        version = asking.form_of(category, tree)
        title = category.name if category else ""
        if not self.is_bound:
            if version:
                self.questions = QuestionsForm(version, kept=kept, title=title)
            if kept is not None:
                self._look_back(kept, version, category, tree)
            return
        before = self.data.get(VERSION, "")
        if version and before == str(version.pk):
            self.questions = QuestionsForm(version, self.data, self.files, by=by, title=title)
            return
        if version:
            self.questions = QuestionsForm(version, kept=self.data, title=title)
        self._again = self._look_back(self.data, version, category, tree)

    @property
    def answers(self) -> Checked | None:
        """The answers of a valid form, for the verb."""
        return self.questions.checked if self.questions else None

    def full_clean(self) -> None:
        super().full_clean()
        if not self.is_bound:
            return
        if self._again:
            self.add_error(None, self._again)
        if self.questions and self.questions.is_bound:
            for key, errors in self.questions.errors.items():
                self.errors[f"{PREFIX}-{key}"] = errors

    def __iter__(self) -> Iterator[BoundField]:
        yield from super().__iter__()
        yield from self.questions or ()

    def _chosen(self, tree: Tree) -> Category | None:
        key = whole(self["category"].value() or "", 15)
        found = None if key is None else tree.by_pk.get(key)
        return None if found is None or any(one.is_retired for one in tree.path(found)) else found

    def _look_back(
        self, posted: Any, version: QuestionForm | None, category: Category | None, tree: Tree
    ) -> str:
        """Notes answers that have no place any more; returns why the form must be looked at again, if so."""
        given = posted.get(VERSION, "")
        before = None
        key = whole(given, 15)
        if key is not None and category:
            path = [one.pk for one in tree.path(category)]
            before = QuestionForm.objects.filter(pk=key, category__in=path).first()
        if before is None:
            return _("We need a little more for this. Answer the questions below and send it again.") if version else ""  # fmt: skip
        self.lost = left_over(before, version, posted)
        return QuestionsChanged().message if version or self.lost else ""


class CategoryQuestions(AsksQuestions):
    """Only the questions, for when another category is chosen; answers to the same questions stay."""

    category = forms.CharField()

    def __init__(self, sent: Any, *, by: User, tree: Tree) -> None:
        super().__init__(initial={"category": sent.get("category")})
        self.ask(tree, by=by, kept=sent)


def left_over(before: QuestionForm, now: QuestionForm | None, posted: Any) -> list[telling.Given]:
    """What was answered to `before` and has no place in `now`: its question is gone, or no longer takes it."""
    asks = {question.key: question for question in parse(now.questions)} if now else {}
    lost: dict[str, Any] = {}
    names: dict[str, str] = {}
    for question in parse(before.questions):
        if question.kind == QuestionKind.FILE:
            continue
        raw = raw_value(question, posted)
        value = glance(question, raw)
        still = asks.get(question.key)
        if value is None or (still and glance(still, raw) == value):
            continue
        if isinstance(raw, Picked):
            names[question.label] = raw.name
        else:
            lost[question.key] = value
    told = telling.in_words(before, lost)
    return told + [telling.Given(label, name) for label, name in names.items() if name]
