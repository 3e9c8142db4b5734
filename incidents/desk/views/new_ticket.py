"""A ticket filed by an agent for somebody on the phone or at the counter."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.errors import InvalidInput, KeyReused
from accounts.http import UserRequest, for_agents, go
from incidents.desk.forms import FileForm
from incidents.tickets import actions, unsent
from incidents.tickets.categories import Tree
from incidents.tickets.models import Ticket
from incidents.tickets.questions import QuestionsChanged
from incidents.tickets.unsent import Unsent

PAGE = "desk/new_ticket.html"
FORM = "desk-ticket"


@for_agents
@require_http_methods(["GET", "POST"])
def new_ticket(request: UserRequest) -> HttpResponse:
    tree = Tree.load()
    if request.method == "GET":
        return _show(request, tree, unsent.restore(request, FORM))
    if "show" in request.POST:
        return _show(request, tree, Unsent(dict(request.POST.lists())), is_draft=False)
    form = FileForm(request.POST, request.FILES, by=request.user, tree=tree)
    try:
        ticket = _file(request, form, tree) if form.is_valid() else None
    except QuestionsChanged:  # at this very moment; the form says so by itself
        form = FileForm(request.POST, request.FILES, by=request.user, tree=tree)
        ticket = None
    if ticket is None:
        template = f"{PAGE}#form" if request.htmx else PAGE
        return render(request, template, {"nav": "new", "form": form}, status=422)
    unsent.forget(request.user, FORM)
    return go(request, ticket.desk_url)


def _show(
    request: UserRequest, tree: Tree, kept: Unsent | None, *, is_draft: bool = True
) -> HttpResponse:
    """The form, with what was typed; or as it was filled in, with the questions of the category that was chosen."""
    initial, posted = (kept.text, kept.posted) if kept else (None, None)
    form = FileForm(initial=initial, by=request.user, tree=tree, kept=posted)
    return render(request, PAGE, {"nav": "new", "form": form, "kept": kept if is_draft else None})


def _file(request: UserRequest, form: FileForm, tree: Tree) -> Ticket | None:
    """The ticket, or nothing when a rule refused it; then the form says why."""
    given = form.cleaned_data
    try:
        return actions.file(
            given["title"],
            by=request.user,
            requester=given["one"],
            description=given["description"],
            category=given["category"],
            service=given["service"],
            type=given["type"],
            impact=given["impact"],
            urgency=given["urgency"],
            files=given["files"],
            answers=form.answers,
            type_answers=form.type_answers,
            origin=Ticket.Origin.DESK,
            key=request.POST.get("key", ""),
            tree=tree,
        )
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    except KeyReused:
        form.add_error(
            None, _("You sent this form before with other words. Send it again if this is another ticket.")
        )  # fmt: skip
    return None
