"""Log what came in by phone or at the counter in one go: file it, take it, and mostly resolve it at once."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import InvalidInput, NotAllowed, require
from accounts.models import Team, User
from accounts.permissions import Permission
from incidents.tickets import policies
from incidents.tickets.actions import steps
from incidents.tickets.actions.assign import take
from incidents.tickets.actions.file import file
from incidents.tickets.actions.note import note
from incidents.tickets.actions.resolve import resolve
from incidents.tickets.actions.spend import spend
from incidents.tickets.categories import Tree
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Category, Event, Ticket
from incidents.tickets.questions import Checked
from knowledge.models import Article


@transaction.atomic
def log(
    title: str,
    *,
    by: User,
    requester: User,
    category: Category,
    description: str = "",
    done: str = "",
    code: str = "",
    article: Article | None = None,
    minutes: int | None = None,
    remark: str = "",
    type: str = "",
    answers: Checked | None = None,
    type_answers: Checked | None = None,
    origin: str = Ticket.Origin.DESK,
    key: str = "",
    tree: Tree | None = None,
) -> Ticket:
    """File a ticket for `requester`. With a `code` it is resolved at once, `done` saying how; without, it stays open.
    `article`: the one that said how; only what is resolved was solved with one.

    Who resolves it takes it, if need be into a team of their own; what stays open goes to the category's team, and to
    `by` if they work there; what was `done` so far and the `remark` are notes. All of it happens or nothing; `key` makes
    a repeat return the first ticket.

    Raises:
        NotAllowed: `by` works on no tickets.
        InvalidInput: a text or choice is missing, or `by` can't resolve what is confidential to another team.
        QuestionsChanged: category or type ask other questions than those that were answered.
        KeyReused: `key` was used for another ticket.
    """
    works = by.permits.anywhere(Permission.TICKETS_WORK)
    require(works, _("You may not work on tickets."))
    if code and not done.strip():
        raise InvalidInput(_("Say what you did; the requester reads this."), field="done")
    known = tree or Tree.load()

    def do() -> Event:
        team = _team(category, known, by) if code else known.team_of(category)
        ticket = file(
            title, by=by, requester=requester, description=description.strip() or title, category=category,
            team=team, type=type, answers=answers, type_answers=type_answers, origin=origin, tree=known,
            is_taken=by.permits.allows(Permission.TICKETS_WORK, team, confined=category.is_confined),
        )  # fmt: skip
        filed = ticket.events.get(kind=Kind.FILED)
        if policies.can_work(by, ticket):
            _work_on(
                ticket, by=by, done=done, code=code, article=article, minutes=minutes, remark=remark
            )
        elif done.strip() or minutes or remark:
            raise InvalidInput(
                _("You don’t work on tickets of that category. Write what you did into “What they said”, or choose another category."),
                field="category",
            )  # fmt: skip
        return filed

    of = (
        "log", title, requester.pk, category.pk, description, done, code, article and article.pk, minutes, type,
    )  # fmt: skip
    return steps.once(key, by=by, of=of, do=do).ticket


@transaction.atomic
def note_call(
    ticket: Ticket,
    *,
    by: User,
    remark: str,
    done: str = "",
    minutes: int | None = None,
    key: str = "",
) -> Event:
    """Note on an open ticket that its requester called: an internal note, and the time it took.

    Raises:
        NotAllowed: `by` may not work on this ticket.
        KeyReused: `key` was used for something else.
    """
    ticket = steps.lock(ticket)
    require(policies.can_work(by, ticket), _("You may not write notes on this ticket."))

    def do() -> Event:
        event = note(ticket, f"{remark}\n\n{done}".strip(), by=by, origin=Ticket.Origin.PHONE)
        if minutes:
            spend(ticket, minutes, by=by, origin=Ticket.Origin.PHONE)
        return event

    return steps.once(key, by=by, of=("note-call", ticket.pk, done, minutes), do=do)


def _team(category: Category, tree: Tree, by: User) -> Team | None:
    """The category's team if `by` works there, otherwise one of theirs: who solves it has it.

    Raises:
        InvalidInput: its matters are confidential to that team.
    """
    home = tree.team_of(category)
    if by.permits.allows(Permission.TICKETS_WORK, home, confined=category.is_confined):
        return home
    if category.is_confined or (home and home.is_private):
        raise InvalidInput(
            _("Only the team of this category can resolve it. Log it and keep it open."),
            field="category",
        )
    theirs = by.permits.teams_with(Permission.TICKETS_WORK)
    own = (
        Team.objects.filter(pk__in=theirs, is_retired=False).order_by("is_private", "name").first()
    )
    if own is None:
        raise NotAllowed(_("You may not work on tickets."))
    return own


def _work_on(
    ticket: Ticket,
    *,
    by: User,
    done: str,
    code: str,
    article: Article | None,
    minutes: int | None,
    remark: str,
) -> None:
    take(ticket, by=by)
    if remark:
        note(ticket, remark, by=by)
    if minutes:
        spend(ticket, minutes, by=by)
    if code:
        resolve(ticket, done, code=code, article=article, by=by)
    elif done.strip():
        note(ticket, done, by=by)
