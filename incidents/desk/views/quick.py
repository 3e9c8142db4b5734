"""Logging in one go what came in by phone or at the counter: the short form, and the page a telephone system opens."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import policies as people_policies
from accounts.actions import save_phone
from accounts.digits import whole
from accounts.errors import InvalidInput, KeyReused, require
from accounts.http import UserRequest, for_agents, go
from accounts.models import User
from accounts.permissions import Permission
from incidents.desk import articles
from incidents.desk.calls import Number, clock, often_logged, since
from incidents.desk.forms import FollowForm
from incidents.desk.quick_forms import RESOLVES, QuickForm
from incidents.desk.requester import Card
from incidents.tickets import actions, unsent
from incidents.tickets.categories import Tree
from incidents.tickets.models import Ticket
from incidents.tickets.questions import QuestionsChanged

QUICK, CALL = "desk/quick.html", "desk/call.html"
DRAFT = {QUICK: "desk-quick", CALL: "desk-call"}


@for_agents
@require_http_methods(["GET", "POST"])
def quick(request: UserRequest) -> HttpResponse:
    """A small incident: who, what, what was done."""
    _require_work(request)
    tree = Tree.load()
    if request.method == "GET" or "show" in request.POST:
        return _show(request, QUICK, _empty(request, tree, QUICK))
    form = QuickForm(request.POST, by=request.user, tree=tree)
    ticket = _log(request, form, tree) if form.is_valid() else None
    if ticket is None:
        return _show(request, QUICK, _asked_again(request, form, tree), status=422)
    unsent.forget(request.user, DRAFT[QUICK])
    return go(request, ticket.desk_url)


@for_agents
@require_http_methods(["GET", "POST"])
def call(request: UserRequest) -> HttpResponse:
    """Somebody is on the phone: who they are by their number, what is open for them, and the short form."""
    _require_work(request)
    tree, number = Tree.load(), Number.of(_given(request, "from"))
    callers = number.callers()
    search = FollowForm(request.GET if "who" in request.GET else None, auto_id="id_caller_%s")
    caller = _caller(request, callers) or _found(search)
    if request.method == "GET" or "show" in request.POST:
        form = _empty(request, tree, CALL, caller)
        about = _about(request, number, callers, caller)
        return _show(request, CALL, form, search=search, **about)
    if on := request.POST.get("on"):
        return _note(request, number, on)
    form = QuickForm(request.POST, by=request.user, tree=tree)
    ticket = _log(request, form, tree, number) if form.is_valid() else None
    if ticket is None:
        form = _asked_again(request, form, tree)
        about = _about(request, number, callers, caller or form.cleaned_data.get("one"))
        return _show(request, CALL, form, status=422, search=search, **about)
    if request.POST.get("save_number") and people_policies.can_manage_people(request.user):
        save_phone(ticket.requester, number.given, by=request.user)
    unsent.forget(request.user, DRAFT[CALL])
    return go(request, ticket.desk_url)


# Steps ---------------------------------------------------------------------------------------------------


def _require_work(request: UserRequest) -> None:
    require(
        request.user.permits.anywhere(Permission.TICKETS_WORK), _("You may not work on tickets.")
    )


def _given(request: UserRequest, name: str) -> str:
    return request.POST.get(name, "") or request.GET.get(name, "")


def _empty(request: UserRequest, tree: Tree, page: str, caller: User | None = None) -> QuickForm:
    """The form with what was typed before, or what a shortcut or the caller's number say."""
    initial: dict[str, Any] = {name: request.GET.get(name, "") for name in ("title", "category")}
    if caller:
        initial |= {"who": caller.display_name, "person": str(caller.pk)}
    if "show" in request.POST:
        return QuickForm(initial=request.POST.dict(), by=request.user, tree=tree, kept=request.POST)
    kept = unsent.restore(request, DRAFT[page])
    # What was typed in an earlier call must not stand in the next one, only what waited for signing in again.
    if kept and (page == QUICK or kept.is_fresh):
        return QuickForm(initial=kept.text, by=request.user, tree=tree, kept=kept.posted)
    return QuickForm(initial=initial, by=request.user, tree=tree)


def _asked_again(request: UserRequest, form: QuickForm, tree: Tree) -> QuickForm:
    """The form with its errors; after a change of the questions at this very moment, with the new ones."""
    if form.errors:
        return form
    again = QuickForm(request.POST, by=request.user, tree=tree)
    again.full_clean()
    return again


def _log(
    request: UserRequest, form: QuickForm, tree: Tree, number: Number | None = None
) -> Ticket | None:
    """The ticket, or nothing when a rule refused it; then the form says why."""
    given = form.cleaned_data
    resolves = given["then"] == RESOLVES
    try:
        article = (
            resolves and given["article"] and articles.named(given["article"], by=request.user)
        )
        return actions.log(
            given["title"],
            by=request.user,
            requester=given["one"],
            category=given["category"],
            description=given["description"],
            done=given["done"],
            code=given["code"] if resolves else "",
            article=article or None,
            minutes=given["minutes"],
            remark=number.remark() if number else "",
            answers=form.answers,
            type_answers=form.type_answers,
            origin=Ticket.Origin.PHONE if number else Ticket.Origin.DESK,
            key=request.POST.get("key", ""),
            tree=tree,
        )
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    except KeyReused as refusal:
        form.add_error(None, refusal.message)
    except QuestionsChanged:
        return None  # the form says so by itself
    return None


def _show(
    request: UserRequest, page: str, form: QuickForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    nav = "quick" if page == QUICK else "call"
    context = {"nav": nav, "form": form, "often": often_logged(request.user), **more}
    return render(request, page, context, status=status)


# Of a call -----------------------------------------------------------------------------------------------


def _caller(request: UserRequest, callers: list[User]) -> User | None:
    """The one who was chosen, or the only one who has the number."""
    chosen = whole(_given(request, "caller"), 9)
    if chosen is not None:
        return next((one for one in callers if one.pk == chosen), None)
    return callers[0] if len(callers) == 1 else None


def _found(search: FollowForm) -> User | None:
    """Whom the agent looked for by name."""
    return search.cleaned_data.get("one") if search.is_bound and search.is_valid() else None


def _about(
    request: UserRequest, number: Number, callers: list[User], caller: User | None
) -> dict[str, Any]:
    # Of somebody who is only looked for by name, an agent needs no way to reach them: they are on the phone.
    card = Card(caller, request.user, tells_contact=caller in callers) if caller else None
    can_save = number.is_known_form and not callers
    return {
        "number": number,
        "callers": [] if caller else callers,
        "caller": caller,
        "card": card,
        "since": since(_given(request, "since")),
        "clock": clock(request.POST.get("clock", "")),
        "offers_saving": can_save and people_policies.can_manage_people(request.user),
    }


def _note(request: UserRequest, number: Number, on: str) -> HttpResponse:
    """The call is about a ticket that is open already: a note on it, with what was typed and the time."""
    seen = Ticket.objects.seen_as_staff_by(request.user)
    ticket = get_object_or_404(seen, number=whole(on, 15) or 0)
    form = QuickForm(request.POST, by=request.user, tree=Tree([]))
    form.full_clean()
    given = form.cleaned_data
    said = "\n\n".join(text for text in (given.get("description"), given.get("done")) if text)
    actions.note_call(
        ticket, by=request.user, remark=number.remark(), done=said,
        minutes=given.get("minutes"), key=request.POST.get("key", ""),
    )  # fmt: skip
    return go(request, ticket.desk_url)
