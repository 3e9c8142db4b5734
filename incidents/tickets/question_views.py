"""Forms of categories and types in administration: the list, the editor with its preview, the versions.

A draft travels with the page, so every step is an ordinary request that works without JavaScript as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import typed
from accounts.digits import whole
from accounts.errors import EditConflict
from accounts.http import UserRequest, for_admins, go
from accounts.permissions import Permission
from incidents.tickets.actions.change_questions import NoForm, change_questions
from incidents.tickets.categories import Tree
from incidents.tickets.models import Category, QuestionForm, Service
from incidents.tickets.question_forms import cards
from incidents.tickets.questions import asking
from incidents.tickets.questions.definition import (
    MOST_QUESTIONS,
    QuestionKind,
    parse,
)
from incidents.tickets.questions.draft import Draft
from incidents.tickets.questions.form import QuestionsForm, Several, title_of
from incidents.workflow.models import IncidentType

PAGE = "admin/questions.html"
for_readers = for_admins(Permission.CATEGORIES_MANAGE, Permission.AUDIT_READ)
for_managers = for_admins(Permission.CATEGORIES_MANAGE)
for_process_readers = for_admins(Permission.PROCESS_MANAGE, Permission.AUDIT_READ)
for_process_managers = for_admins(Permission.PROCESS_MANAGE)


@dataclass(frozen=True)
class Subject:
    """Whose form it is: a category's, or a type's."""

    row: Category | IncidentType

    @classmethod
    def category(cls, pk: int) -> "Subject":
        return cls(get_object_or_404(Category, pk=pk))

    @classmethod
    def type(cls, pk: int) -> "Subject":
        return cls(get_object_or_404(IncidentType, pk=pk))

    @property
    def is_type(self) -> bool:
        return isinstance(self.row, IncidentType)

    @property
    def name(self) -> str:
        return self.row.label if isinstance(self.row, IncidentType) else self.row.name

    def version(self, questions: list[Any]) -> QuestionForm:
        """One that is not stored."""
        return QuestionForm(**self._where, questions=questions)

    def versions(self) -> QuerySet[QuestionForm]:
        """Newest first."""
        return QuestionForm.objects.filter(**self._where).order_by("-number")

    @property
    def _where(self) -> dict[str, Any]:
        return {"type" if self.is_type else "category": self.row}

    @property
    def kept_as(self) -> str:
        """Under which name a draft waits while its maker signs in again."""
        return f"questions:{'type:' if self.is_type else ''}{self.row.pk}"

    # Where its pages are ------------------------------------------------------------------------------------

    @property
    def home(self) -> str:
        """The page of what it belongs to."""
        if self.is_type:
            return f"{reverse('admin:types')}?at={self.row.pk}#t-{self.row.pk}"
        return f"{reverse('admin:categories')}?at={self.row.pk}#c-{self.row.pk}"

    @property
    def editor(self) -> str:
        return self._url("form")

    @property
    def draft(self) -> str:
        return self._url("form-draft")

    @property
    def preview(self) -> str:
        return self._url("form-preview")

    @property
    def save(self) -> str:
        """A version's own page stands below it, by its number."""
        return self._url("form-save")

    def _url(self, page: str) -> str:
        return reverse(f"admin:{'type-' if self.is_type else ''}{page}", args=[self.row.pk])


@dataclass(frozen=True)
class Row:
    """A category in the list of forms; `below` are those that ask the same."""

    category: Category
    path: str
    form: QuestionForm
    count: int
    below: list[str]


@dataclass(frozen=True)
class Preview:
    """What the template of the questions looks at."""

    questions: Several
    lost: tuple[()] = ()


@for_readers
@require_GET
def form_list(request: UserRequest) -> HttpResponse:
    """Categories with a form of their own, and a choice of all the others."""
    tree = Tree.load()
    own = asking.newest().filter(type=None).select_related("made_by")
    forms = {form.category_id: form for form in own if form.category_id}
    live = [node.category for _depth, node in tree.walk() if not node.category.merged_into_id]
    context = {
        **admin.site.each_context(request),
        "title": _("Forms"),
        "rows": list(_rows(tree, live, forms)),
        "others": [(one.pk, tree.label(one)) for one in live if one.pk not in forms],
        "may_change": _may_change(request),
    }
    return TemplateResponse(request, "admin/forms.html", context)


@for_readers
@require_GET
def form_open(request: UserRequest) -> HttpResponse:
    """The form of the category that was chosen from the list."""
    given = request.GET.get("category", "")
    if not given.isascii() or not given.isdecimal():
        raise Http404
    return go(request, reverse("admin:form", args=[get_object_or_404(Category, pk=given).pk]))


# A category's ------------------------------------------------------------------------------------------------


@for_readers
@require_GET
def form(request: UserRequest, pk: int) -> HttpResponse:
    return _editor(request, Subject.category(pk))


@for_managers
@require_POST
def form_draft(request: UserRequest, pk: int) -> HttpResponse:
    return _step(request, Subject.category(pk))


@for_managers
@require_POST
def form_preview(request: UserRequest, pk: int) -> HttpResponse:
    return _draft_preview(request, Subject.category(pk))


@for_managers
@require_POST
def form_save(request: UserRequest, pk: int) -> HttpResponse:
    return _save(request, Subject.category(pk))


@for_readers
@require_GET
def form_version(request: UserRequest, pk: int, number: int) -> HttpResponse:
    return _version(request, Subject.category(pk), number)


# A type's -----------------------------------------------------------------------------------------------------


@for_process_readers
@require_GET
def type_form(request: UserRequest, pk: int) -> HttpResponse:
    return _editor(request, Subject.type(pk))


@for_process_managers
@require_POST
def type_form_draft(request: UserRequest, pk: int) -> HttpResponse:
    return _step(request, Subject.type(pk))


@for_process_managers
@require_POST
def type_form_preview(request: UserRequest, pk: int) -> HttpResponse:
    return _draft_preview(request, Subject.type(pk))


@for_process_managers
@require_POST
def type_form_save(request: UserRequest, pk: int) -> HttpResponse:
    return _save(request, Subject.type(pk))


@for_process_readers
@require_GET
def type_form_version(request: UserRequest, pk: int, number: int) -> HttpResponse:
    return _version(request, Subject.type(pk), number)


# Both ---------------------------------------------------------------------------------------------------------


def _editor(request: UserRequest, subject: Subject) -> HttpResponse:
    """What is asked; for managers to be changed. `from` begins with an older version or what stands above.

    What somebody sent after their session ended stands there again.
    """
    if _may_change(request, subject) and (waited := typed.restore(request, subject.kept_as)):
        return _page(request, subject, Draft.read(MultiValueDict(waited)), is_restored=True)
    own = subject.versions().first()
    above = None if own else _above(subject)
    start = own
    begin = request.GET.get("from", "")
    if begin == "above":
        start = above
    elif (number := whole(begin, 7)) is not None:
        start = get_object_or_404(subject.versions(), number=number)
    draft = Draft.of(start.questions if start else [], expected=own.number if own else 0)
    is_inherited = above is not None and not begin
    return _page(request, subject, draft, above=above if is_inherited else None)


def _above(subject: Subject) -> QuestionForm | None:
    """What a category without a form of its own asks."""
    return (
        None if isinstance(subject.row, IncidentType) else asking.nearest(subject.row, Tree.load())
    )


def _step(request: UserRequest, subject: Subject) -> HttpResponse:
    """One step on the draft, shown again. Changes nothing that is stored."""
    draft = Draft.read(request.POST)
    what = request.POST.get("do", "")
    draft.step(f"add:{request.POST.get('new', '')}" if what == "add" else what)
    return _page(request, subject, draft)


def _draft_preview(request: UserRequest, subject: Subject) -> HttpResponse:
    """The draft as employees would meet it. Changes nothing; without JavaScript it is a page of its own."""
    questions = Draft.read(request.POST).askable()
    return _preview(request, subject, subject.version([one.to_json() for one in questions]))


def _save(request: UserRequest, subject: Subject) -> HttpResponse:
    """Make the draft the next version."""
    draft = Draft.read(request.POST)
    try:
        saved = change_questions(
            subject.row, draft.stored, by=request.user, expected=draft.expected
        )
    except NoForm as refusal:
        draft.tells, draft.problems = True, refusal.problems
        places = [one.place for one in refusal.problems if one.place >= 0]
        if places and draft.opened not in places:
            draft.opened = places[0]
        return _page(request, subject, draft, status=refusal.status)
    except EditConflict as refusal:
        newest = subject.versions().first()
        draft.expected = newest.number if newest else 0
        return _page(request, subject, draft, clash=newest, status=refusal.status)
    messages.success(
        request, _("Saved as version %(number)s. New tickets are asked this.") % {"number": saved.number}
    )  # fmt: skip
    return go(request, subject.editor)


def _version(request: UserRequest, subject: Subject, number: int) -> HttpResponse:
    """An older version, as it was asked."""
    found = subject.versions().select_related("category", "type", "made_by")
    return _preview(request, subject, get_object_or_404(found, number=number))


# Parts -------------------------------------------------------------------------------------------------------


def _page(
    request: UserRequest,
    subject: Subject,
    draft: Draft,
    *,
    above: QuestionForm | None = None,
    clash: QuestionForm | None = None,
    is_restored: bool = False,
    status: int = 200,
) -> HttpResponse:
    if draft.tells or not draft.problems:
        draft.weigh()
    versions = list(subject.versions().select_related("made_by"))
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Questions of “%(category)s”") % {"category": subject.name},
        "subject": subject,
        "path": _path(subject),
        "draft": draft,
        "cards": cards(draft, _services(draft)),
        "problems": draft.problems if draft.tells else (),
        "kinds": QuestionKind.choices,
        "new_kind": request.POST.get("new", ""),
        "is_full": len(draft.entries) >= MOST_QUESTIONS,
        "above": above,
        "clash": clash,
        "kept_as": subject.kept_as,
        "is_restored": is_restored,
        "gone": _gone(versions, draft),
        "versions": versions,
        "preview": Preview(_drawn(subject.version([one.to_json() for one in draft.askable()]))),
        "may_change": _may_change(request, subject),
    }  # fmt: skip
    template = f"{PAGE}#editor" if request.headers.get("HX-Request") else PAGE
    return TemplateResponse(request, template, context, status=status)


def _path(subject: Subject) -> str:
    if isinstance(subject.row, IncidentType):
        return _("Asked of every ticket of this type, after what its category asks.")
    return Tree.load().label(subject.row)


def _preview(request: UserRequest, subject: Subject, version: QuestionForm) -> HttpResponse:
    """In the editor as a fragment; otherwise a page as employees have it."""
    context = {
        "asking": Preview(_drawn(version)),
        "version": version,
        "subject": subject,
        "nav": "new",
    }
    if request.headers.get("HX-Request"):
        return render(request, "components/_questions.html", context)
    return render(request, "admin/questions_preview.html", context)


def _drawn(version: QuestionForm) -> Several:
    drawn = [QuestionsForm(version, title=title_of(version))] if version.questions else []
    return Several(drawn)


def _rows(tree: Tree, live: list[Category], forms: dict[int, QuestionForm]) -> Iterator[Row]:
    for category in live:
        if own := forms.get(category.pk):
            below = [
                one.name
                for one in live
                if one.pk != category.pk and asking.form_among(forms.values(), one, tree) == own
            ]
            yield Row(category, tree.label(category), own, len(own.questions), below)


def _gone(versions: list[QuestionForm], draft: Draft) -> list[str]:
    """Questions of the present version that the draft has no more."""
    if not versions:
        return []
    kept = {entry.get("key") for entry in draft.entries}
    return [question.label for question in parse(versions[0].questions) if question.key not in kept]


def _services(draft: Draft) -> list[tuple[int, str]]:
    """Services to compare with, where a condition can."""
    if all(entry.get("kind") != QuestionKind.SERVICE for entry in draft.entries):
        return []
    return list(Service.objects.filter(is_retired=False).values_list("pk", "name"))


def _may_change(request: UserRequest, subject: Subject | None = None) -> bool:
    of_type = subject is not None and subject.is_type
    return request.user.permits.anywhere(
        Permission.PROCESS_MANAGE if of_type else Permission.CATEGORIES_MANAGE
    )
