"""How the house is set up, as far as whoever files or works on tickets sees it anyway."""

from collections.abc import Iterable
from typing import Annotated

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from ninja import Path, Router
from pydantic import Field

from accounts.access import Scope
from accounts.errors import require
from accounts.models import Team, User
from incidents.api import schemas
from incidents.api.answers import say
from incidents.api.gate import TokenRequest
from incidents.api.scopes import reads
from incidents.tickets import questions
from incidents.tickets.categories import Tree
from incidents.tickets.models import QuestionForm, Service
from incidents.workflow import rulebook
from incidents.workflow.priority import Impact, Priority, Urgency
from incidents.workflow.rulebook import Flow
from incidents.workflow.states import Resolution, Status

router = Router(tags=["Configuration"])
READ = Scope.CONFIGURATION_READ


@router.get("/categories", response=schemas.Categories, url_name="categories", **reads(READ))
def categories(request: TokenRequest) -> HttpResponse:
    """Categories that take new tickets, in their order."""
    tree = Tree.load()
    items = [
        schemas.CategoryOut(
            slug=one.slug,
            name=one.name,
            path=tree.label(one),
            description=one.description,
            parent=tree.by_pk[one.parent_id].slug if one.parent_id else None,
            is_confidential=one.is_confined,
        )
        for one in (node.category for _depth, node in tree.walk())
        if not any(part.is_retired for part in tree.path(one))
    ]
    return say(request, schemas.Categories(items=items))


@router.get("/categories/{slug}/questions", response=schemas.QuestionsOut, url_name="category-questions", **reads(READ))  # fmt: skip
def category_questions(
    request: TokenRequest, slug: Path[Annotated[str, Field(max_length=60)]]
) -> HttpResponse:
    """What a ticket of this category must say besides title and description."""
    tree = Tree.load()
    category = next((one for one in tree.by_pk.values() if one.slug == slug), None)
    if category is None or any(part.is_retired for part in tree.path(category)):
        raise Http404
    kind = questions.filed_as("", category, tree)
    form, type_form = questions.asked_of(category, kind, tree)
    body = schemas.QuestionsOut(type=kind, answers=_asked(form), type_answers=_asked(type_form))
    return say(request, body)


@router.get("/services", response=schemas.Services, url_name="services", **reads(READ))
def services(request: TokenRequest) -> HttpResponse:
    items = [
        schemas.ServiceOut(slug=one.slug, name=one.name, description=one.description)
        for one in Service.objects.filter(is_retired=False)
    ]
    return say(request, schemas.Services(items=items))


@router.get("/teams", response=schemas.Teams, url_name="teams", **reads(READ))
def teams(request: TokenRequest) -> HttpResponse:
    """Teams that take tickets. For people who work on tickets."""
    _require_agent(request.user)
    items = [
        schemas.TeamOut(slug=one.slug, name=one.name, is_private=one.is_private)
        for one in Team.objects.filter(is_retired=False)
    ]
    return say(request, schemas.Teams(items=items))


@router.get("/types", response=schemas.Types, url_name="types", **reads(READ))
def types(request: TokenRequest) -> HttpResponse:
    """What kinds of matter tickets are. For people who work on tickets."""
    _require_agent(request.user)
    items = [
        schemas.TypeOut(
            slug=one.slug,
            name=one.label,
            description=one.description,
            is_incident=one.is_incident,
            workflow=one.flow.slug,
        )
        for one in rulebook.types()
    ]
    return say(request, schemas.Types(items=items))


@router.get("/workflows", response=schemas.Workflows, url_name="workflows", **reads(READ))
def workflows(request: TokenRequest) -> HttpResponse:
    """The steps that tickets go through. For people who work on tickets."""
    _require_agent(request.user)
    return say(request, schemas.Workflows(items=[_flow(one) for one in rulebook.flows()]))


@router.get("/words", response=schemas.Words, url_name="words", **reads(READ))
def words(request: TokenRequest) -> HttpResponse:
    """Statuses, priorities and the like: their values, and their names in the language of the request."""
    body = schemas.Words(
        statuses=_words(Status.choices),
        priorities=_words(Priority.choices),
        impacts=_words(Impact.choices),
        urgencies=_words(Urgency.choices),
        resolution_codes=_words(Resolution.choices),
    )
    return say(request, body)


def _require_agent(user: User) -> None:
    require(user.is_agent, _("This is for people who work on tickets."))


def _asked(form: QuestionForm | None) -> list[schemas.QuestionOut]:
    return [
        schemas.QuestionOut(
            key=one.key,
            kind=one.kind.value,
            label=one.label,
            help=one.help,
            required=one.required,
            options=list(one.options),
            show_when=one.show_when.to_json() if one.show_when else None,
        )
        for one in (questions.parse(form.questions) if form else ())
    ]


def _flow(flow: Flow) -> schemas.WorkflowOut:
    return schemas.WorkflowOut(
        slug=flow.slug,
        name=flow.label,
        steps=[
            schemas.StepOut(
                slug=one.slug,
                name=one.label,
                status=one.status.value,  # type: ignore[arg-type]  # of the same six
                is_default=one.is_default,
            )
            for one in flow.places
        ],
        ways=[
            schemas.WayOut(
                here=one.here.slug,
                there=one.there.slug,
                name=one.label,
                needs_text=one.needs_text,
                needs_fields=list(one.needs_fields),
            )
            for one in flow.ways
        ],
    )


def _words(choices: Iterable[tuple[object, object]]) -> list[schemas.Word]:
    return [schemas.Word(value=str(value), name=str(name)) for value, name in choices]
