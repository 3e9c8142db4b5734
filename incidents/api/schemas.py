"""What goes in and out. Every field is named here and nowhere else: a model's new column reaches nobody by itself."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Slug = Annotated[str, Field(max_length=60, pattern=r"^[A-Za-z0-9_-]+$")]
Key = Annotated[int, Field(ge=1, le=2_000_000_000)]
Title = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(min_length=1, max_length=100_000)]
Impact = Literal["me", "team", "many"]
Urgency = Literal["stop", "slow", "low"]
Status = Literal["new", "open", "waiting_requester", "waiting_other", "resolved", "closed"]


class Given(BaseModel):
    """What a program sends: these fields, of these types, and nothing else."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Told(BaseModel):
    """What we answer."""

    model_config = ConfigDict(extra="forbid")


# Small things ---------------------------------------------------------------------------------------


class PersonOut(Told):
    """Somebody, by name. Addresses and phone numbers are never told."""

    id: int
    name: str


class FoundPerson(PersonOut):
    department: str


class Me(PersonOut):
    """Who the token acts as, and what it is for."""

    is_service: bool
    is_agent: bool
    scopes: list[str]
    expires_at: datetime


class Named(Told):
    slug: str
    name: str


class ErrorOut(Told):
    field: str
    message: str


class Problem(Told):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[ErrorOut]
    reference: str = ""


# Tickets -----------------------------------------------------------------------------------------------


class StaffPart(Told):
    """What only staff of the ticket see."""

    type: str
    step: str
    priority: int
    priority_by_hand: bool
    tags: list[str]
    updated_at: datetime
    due_at: datetime | None
    first_reply_at: datetime | None
    origin: str
    external_id: str | None
    merged_into: str | None
    resolution_code: str
    reopen_count: int
    message_count: int
    file_count: int
    minutes_spent: int
    version: int


class TicketOut(Told):
    ref: str
    url: str
    title: str
    status: Status
    status_name: str
    category: Named | None
    service: Named | None
    team: Named | None
    requester: PersonOut
    reporter: PersonOut
    assignee: PersonOut | None
    impact: Impact
    urgency: Urgency
    affected_count: int
    is_confidential: bool
    is_merged: bool
    created_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None
    closes_at: datetime | None
    staff: StaffPart | None


class TicketPage(Told):
    items: list[TicketOut]
    next: str | None


class FileOut(Told):
    name: str
    content_type: str
    size: int
    sha256: str
    url: str


class TicketFile(FileOut):
    message: int


class FilePage(Told):
    items: list[TicketFile]
    next: str | None


class MessageOut(Told):
    id: int
    kind: Literal["description", "reply", "note", "resolution"]
    author: PersonOut
    is_public: bool
    format: Literal["markdown", "plain"]
    body: str
    created_at: datetime
    files: list[FileOut]


class MessagePage(Told):
    items: list[MessageOut]
    next: str | None


class EventOut(Told):
    """One thing that happened, in words for whoever reads. `message` is the key of what was said with it."""

    id: int
    kind: str
    at: datetime
    actor: PersonOut
    is_public: bool
    sentence: str
    message: int | None


class EventPage(Told):
    items: list[EventOut]
    next: str | None


class LinkOut(Told):
    kind: Literal["related", "duplicate_of", "child_of", "caused_by", "follow_up_of"]
    ref: str
    title: str
    is_back: bool
    """The other ticket says this of the one that was asked for."""


class FollowerOut(PersonOut):
    has_joined: bool


class AroundOut(Told):
    """Whom and what a ticket is tied to, as far as the token may see."""

    followers: list[FollowerOut]
    links: list[LinkOut]


Answer = str | bool | int | list[str]


class FileTicket(Given):
    title: Title
    description: Text
    category: Slug
    service: Slug | None = None
    impact: Impact = "me"
    urgency: Urgency = "slow"
    type: Slug | None = None
    requester: Key | None = Field(
        None, description="Whom it is filed for; else the token's account."
    )
    follows: str | None = Field(
        None, max_length=24, description="The ticket that it follows up on."
    )
    answers: dict[str, Answer] = Field(default_factory=dict, max_length=100)
    type_answers: dict[str, Answer] = Field(default_factory=dict, max_length=100)


TicketPart = Annotated[
    str,
    Field(
        min_length=2,
        max_length=400_000,
        description="What POST /tickets takes, as JSON.",
        json_schema_extra={
            "contentMediaType": "application/json",
            "x-holds": "FileTicket",  # a reference only once all schemas are together, see `description`
        },
    ),
]


class SetTitle(Given):
    title: Title


class SetAssignee(Given):
    person: Key | None = Field(description="Null gives it back to the team.")


class SetTeam(Given):
    team: Slug


class SetPriority(Given):
    """Priority follows from impact and urgency, unless it is named: then with a reason."""

    impact: Impact | None = None
    urgency: Urgency | None = None
    priority: Annotated[int, Field(ge=1, le=5)] | None = None
    reason: str = Field("", max_length=500)


class SetCategory(Given):
    category: Slug


class SetService(Given):
    service: Slug | None


class SetType(Given):
    type: Slug
    answers: dict[str, Answer] = Field(default_factory=dict, max_length=100)


class ChangeTags(Given):
    add: list[Annotated[str, Field(max_length=60)]] = Field(default_factory=list, max_length=40)
    remove: list[Annotated[str, Field(max_length=60)]] = Field(default_factory=list, max_length=40)


class Transition(Given):
    to: Slug = Field(description="A step of the ticket's workflow, or a status.")
    text: str = Field("", max_length=100_000, description="The question, or why it waits.")


class Resolve(Given):
    text: Text
    code: Slug
    to: str = Field("", max_length=40)
    article: str | None = Field(
        None, max_length=120, description="The address of the article that said how."
    )


class Reopen(Given):
    text: Text


class Withdraw(Given):
    reason: str = Field("", max_length=10_000)


class Say(Given):
    body: Text


class LinkTo(Given):
    to: str = Field(max_length=24)
    kind: Literal["related", "duplicate_of", "child_of", "caused_by", "follow_up_of"]
    is_synced: bool = False


# Articles ---------------------------------------------------------------------------------------------------


class ArticleLine(Told):
    slug: str
    url: str
    title: str
    summary: str
    kind: str
    language: str
    section: Named | None
    updated_at: datetime


class DraftOut(Told):
    """The newest revision, for those who may write it. Section, audience and kind are those that it is published with."""

    number: int
    title: str
    summary: str
    body: str
    tags: list[str]
    section: Named | None
    audience: str
    departments: list[str]
    teams: list[str]
    kind: str


class ArticleOut(ArticleLine):
    state: Literal["draft", "published", "archived"]
    audience: str
    body: str
    tags: list[str]
    draft: DraftOut | None


class ArticlePage(Told):
    items: list[ArticleLine]
    next: str | None


class WriteArticle(Given):
    title: Title
    body: str = Field(max_length=200_000)
    summary: str = Field("", max_length=300)
    tags: list[Annotated[str, Field(min_length=1, max_length=40)]] = Field(
        default_factory=list, max_length=20
    )
    note: str = Field("", max_length=200, description="What was changed, for other writers.")


class StartArticle(WriteArticle):
    section: Slug | None = None
    kind: Literal["how_to", "known_error", "faq", "runbook", "policy"] = "how_to"


# Search and settings -----------------------------------------------------------------------------------------------


class FoundTicket(Told):
    ref: str
    title: str
    status: Status
    status_name: str
    priority: int
    team: str
    requester: str
    updated_at: datetime
    snippet: str


class FoundTickets(Told):
    items: list[FoundTicket]
    total: str
    hints: list[str]
    next: str | None


class FoundArticle(Told):
    slug: str
    url: str
    title: str
    snippet: str


class FoundArticles(Told):
    items: list[FoundArticle]
    corrected: str


class People(Told):
    items: list[FoundPerson]


class CategoryOut(Named):
    path: str
    description: str
    parent: str | None
    is_confidential: bool


class Categories(Told):
    items: list[CategoryOut]


class QuestionOut(Told):
    key: str
    kind: str
    label: str
    help: str
    required: bool
    options: list[str]
    show_when: dict[str, Any] | None


class QuestionsOut(Told):
    """What is asked when a ticket is filed in a category."""

    type: str
    answers: list[QuestionOut]
    type_answers: list[QuestionOut]


class ServiceOut(Named):
    description: str


class Services(Told):
    items: list[ServiceOut]


class TeamOut(Named):
    is_private: bool


class Teams(Told):
    items: list[TeamOut]


class TypeOut(Named):
    description: str
    is_incident: bool
    workflow: str


class Types(Told):
    items: list[TypeOut]


class StepOut(Named):
    status: Status
    is_default: bool


class WayOut(Told):
    here: str
    there: str
    name: str
    needs_text: bool
    needs_fields: list[str]


class WorkflowOut(Named):
    steps: list[StepOut]
    ways: list[WayOut]


class Workflows(Told):
    items: list[WorkflowOut]


class Word(Told):
    value: str
    name: str


class Words(Told):
    """Fixed values, with their names."""

    statuses: list[Word]
    priorities: list[Word]
    impacts: list[Word]
    urgencies: list[Word]
    resolution_codes: list[Word]
