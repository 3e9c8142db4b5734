"""Questions drawn as part of a page's form, the same on portal and desk."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.db.models import Q
from django.forms.boundfield import BoundField
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from accounts.digits import whole
from accounts.models import User
from incidents.tickets import types
from incidents.tickets.categories import Tree
from incidents.tickets.models import Answers, Attachment, Category, QuestionForm, Service, Ticket
from incidents.tickets.questions import asking, telling, words
from incidents.tickets.questions.checking import Checked, QuestionsChanged, WrongAnswers, check
from incidents.tickets.questions.definition import Question, QuestionKind, asked, parse
from incidents.tickets.questions.fields import Picked, field_of, glance, glances

PREFIX, TYPE_PREFIX = "q", "qt"
"""Of the names of fields: questions of the category, and of the type."""
VERSIONS = {PREFIX: "questions", TYPE_PREFIX: "type-questions"}
"""The hidden fields that say which version of the questions the page shows."""
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
        super().__init__(data, files, prefix=prefix_of(version), **options)
        self.version = version
        self.version_name = version_name(version)
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
        was_shown = kept.get(self.version_name) == str(self.version.pk)
        return {
            question.key: raw_value(question, kept, prefix_of(self.version))
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


def prefix_of(version: QuestionForm) -> str:
    return TYPE_PREFIX if version.type_id else PREFIX


def version_name(version: QuestionForm) -> str:
    return VERSIONS[prefix_of(version)]


class Several:
    """Questions of the category and of the type on one page, as one form to those that look for errors."""

    def __init__(self, parts: Sequence[QuestionsForm]) -> None:
        self.parts = parts

    @property
    def count(self) -> int:
        """Of all questions, asked or not."""
        return sum(len(part.asks) for part in self.parts)

    @property
    def is_bound(self) -> bool:
        return all(part.is_bound for part in self.parts)

    @property
    def errors(self) -> dict[str, Any]:
        return {
            part.add_prefix(key): errors
            for part in self.parts
            if part.is_bound
            for key, errors in part.errors.items()
        }

    def __iter__(self) -> Iterator[BoundField]:
        for part in self.parts:
            yield from part

    @property
    def checked(self) -> list[Checked]:
        """The answers, where all of them can be taken."""
        return [part.checked for part in self.parts if part.checked]


def for_ticket(
    ticket: Ticket, version: QuestionForm, data: Any = None, files: Any = None, *, by: User
) -> QuestionsForm:
    """What is asked now of the ticket in this version, beginning with the answers that the ticket has.

    Where the page that was sent showed another version, the form is not bound: nothing is checked, all is kept.
    """
    of = version.type.slug if version.type else ""
    row = Answers.objects.filter(ticket=ticket, type=of).first()
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
    more: dict[str, Any] = {"by": by, "kept_files": kept_files, "title": title_of(version)}
    if data is None:
        return QuestionsForm(version, given=given if row else None, **more)
    if data.get(version_name(version)) == str(version.pk):
        return QuestionsForm(version, data, files, **more)
    return QuestionsForm(version, kept=data, **more)


def title_of(version: QuestionForm) -> str:
    """Whose questions they are."""
    return version.type.label if version.type else version.owner.name


def _are_keys(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, int) for one in value)


def raw_value(question: Question, posted: Any, prefix: str = PREFIX) -> Any:
    """What a posted form says to this question."""
    widget = field_of(question).widget
    return widget.value_from_datadict(posted, MultiValueDict(), f"{prefix}-{question.key}")


class AsksQuestions(forms.Form):
    """A form with a field `category`, perhaps one `type`, and the questions of that category and of the type as a part of it.

    The questions come with the page, so they may be others by the time it is sent, or none if the category was chosen
    without JavaScript. Then nothing is checked yet: the form comes back with the questions as they are now.
    """

    questions = Several(())
    lost: list[telling.Given]
    """Answers to questions that are not asked any more, to be copied."""
    is_confined = False
    """The chosen category is confidential."""

    def ask(self, tree: Tree, *, by: User, kept: Any = None) -> None:
        """Add the questions of what is chosen. To be called when the other fields are there."""
        self.lost = []
        self._again = ""
        for name in ("category", "type"):
            if name in self.fields:
                self.fields[name].widget.attrs |= {
                    "hx-post": reverse("tickets:questions"),
                    "hx-target": "#questions",
                    "hx-swap": "outerHTML",
                    "hx-params": "not description,files,kept_for",
                    "hx-sync": "this:replace",
                }
        category = self._chosen(tree)
        self.is_confined = category is not None and category.is_confined
        if category is None:
            self.questions = Several(())
            return
        kind = asking.filed_as(self._type(by), category, tree)
        own, of_type = asking.asked_of(category, kind, tree)
        path = [one.pk for one in tree.path(category)]
        parts = (
            self._ask(own, category.name, Q(category__in=path), PREFIX, by, kept),
            self._ask(of_type, title_of(of_type) if of_type else "", Q(type__slug=kind), TYPE_PREFIX, by, kept),
        )  # fmt: skip
        self.questions = Several([part for part in parts if part])

    def _ask(
        self, version: QuestionForm | None, title: str, whose: Q, prefix: str, by: User, kept: Any
    ) -> QuestionsForm | None:
        """One part of the questions; `whose` finds the versions that a page of a while ago may have shown."""
        posted = self.data if self.is_bound else kept
        before = posted.get(VERSIONS[prefix], "") if posted is not None else ""
        if self.is_bound and version and before == str(version.pk):
            return QuestionsForm(version, self.data, self.files, by=by, title=title)
        if posted is not None:
            again = self._look_back(posted, before, version, whose, prefix)
            self._again = self._again or (again if self.is_bound else "")
        return QuestionsForm(version, kept=posted, title=title) if version else None

    @property
    def answers(self) -> Checked | None:
        """The answers of a valid form to the category's questions, for the verb."""
        return self._checked(PREFIX)

    @property
    def type_answers(self) -> Checked | None:
        """Those to the type's."""
        return self._checked(TYPE_PREFIX)

    def _checked(self, prefix: str) -> Checked | None:
        return next((one.checked for one in self.questions.parts if one.prefix == prefix), None)

    def full_clean(self) -> None:
        super().full_clean()
        if not self.is_bound:
            return
        if self._again:
            self.add_error(None, self._again)
        self.errors.update(self.questions.errors)

    def __iter__(self) -> Iterator[BoundField]:
        yield from super().__iter__()
        yield from self.questions

    def _type(self, by: User) -> str:
        """The type that somebody chose who may."""
        given = str(self["type"].value() or "") if "type" in self.fields else ""
        return given if given and given in dict(types.offered(by)) else ""

    def _chosen(self, tree: Tree) -> Category | None:
        key = whole(self["category"].value() or "", 15)
        found = None if key is None else tree.by_pk.get(key)
        return None if found is None or any(one.is_retired for one in tree.path(found)) else found

    def _look_back(
        self, posted: Any, given: str, version: QuestionForm | None, whose: Q, prefix: str
    ) -> str:
        """Notes answers that have no place any more; returns why the form must be looked at again, if so."""
        key = whole(given, 15)
        before = None if key is None else QuestionForm.objects.filter(whose, pk=key).first()
        if before is None:
            return _("We need a little more for this. Answer the questions below and send it again.") if version else ""  # fmt: skip
        lost = left_over(before, version, posted, prefix)
        self.lost = [*self.lost, *lost]
        return QuestionsChanged().message if version or lost else ""


class CategoryQuestions(AsksQuestions):
    """Only the questions, for when another category or type is chosen; answers to the same questions stay."""

    category = forms.CharField()
    type = forms.CharField(required=False)

    def __init__(self, sent: Any, *, by: User, tree: Tree) -> None:
        super().__init__(initial={"category": sent.get("category"), "type": sent.get("type")})
        self.ask(tree, by=by, kept=sent)


def left_over(
    before: QuestionForm, now: QuestionForm | None, posted: Any, prefix: str = PREFIX
) -> list[telling.Given]:
    """What was answered to `before` and has no place in `now`: its question is gone, or no longer takes it."""
    asks = {question.key: question for question in parse(now.questions)} if now else {}
    lost: dict[str, Any] = {}
    names: dict[str, str] = {}
    for question in parse(before.questions):
        if question.kind == QuestionKind.FILE:
            continue
        raw = raw_value(question, posted, prefix)
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
