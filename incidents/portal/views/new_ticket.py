"""Report a problem: the form, what was typed and not sent, and sending it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import InvalidInput, KeyReused
from accounts.http import UserRequest, for_everyone, go, safe_next
from incidents.portal.forms import LONGEST_TITLE, NewTicketForm, category_asked_for
from incidents.tickets import actions, unsent
from incidents.tickets.categories import Tree
from incidents.tickets.models import Ticket

FORM = "new-ticket"


@for_everyone
@require_http_methods(["GET", "HEAD", "POST"])
def new_ticket(request: UserRequest) -> HttpResponse:
    if "draft" in request.POST:
        unsent.keep(request.user, FORM, request.POST)
        messages.success(request, _("Saved. You find it again under “Report a problem”."))
        if request.FILES:
            messages.warning(request, _("Files can’t be kept with it: choose them again then."))
        return go(request, "/")
    tree = Tree.load()
    if request.method != "POST":
        return _show(request, tree)
    form = NewTicketForm(request.POST, request.FILES, by=request.user, tree=tree)
    ticket = _file(request, form, tree) if form.is_valid() else None
    if ticket is None:
        template = "portal/new_ticket.html" + ("#form" if request.htmx else "")
        return render(request, template, {"nav": "new", "form": form}, status=422)
    unsent.forget(request.user, FORM)
    return go(request, ticket.get_absolute_url())


@for_everyone
@require_POST
def new_ticket_afresh(request: UserRequest) -> HttpResponse:
    """Start afresh: what was typed is thrown away."""
    unsent.forget(request.user, FORM)
    return redirect(safe_next(request, "/tickets/new/"))


def _show(request: UserRequest, tree: Tree) -> HttpResponse:
    kept = unsent.restore(request, FORM)
    asked: dict[str, Any] = {"title": request.GET.get("title", "")[:LONGEST_TITLE]}
    initial = {**asked, **(kept.text if kept else {})}
    if category := category_asked_for(request.GET.get("category", ""), tree):
        initial["category"] = category.pk
    form = NewTicketForm(initial=initial, by=request.user, tree=tree)
    return render(request, "portal/new_ticket.html", {"nav": "new", "form": form, "kept": kept})


def _file(request: UserRequest, form: NewTicketForm, tree: Tree) -> Ticket | None:
    """The ticket, or nothing when a rule refused it; then the form says why."""
    answers = form.cleaned_data
    try:
        return actions.file(
            answers["title"],
            by=request.user,
            description=answers["description"],
            category=answers["category"],
            requester=answers["requester"],
            service=answers["service"],
            impact=answers["impact"],
            urgency=answers["urgency"],
            files=answers["files"],
            key=request.POST.get("key", ""),
            tree=tree,
        )
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    except KeyReused:
        form.add_error(
            None, _("You already sent this form with other words. Send it again if this is another problem.")
        )  # fmt: skip
    return None
