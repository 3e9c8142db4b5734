"""Report a problem: the form, what was typed and not sent, and sending it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import InvalidInput, KeyReused
from accounts.http import UserRequest, for_everyone, go, safe_next
from incidents.portal import announcements, deflection
from incidents.portal.forms import LONGEST_TITLE, NewTicketForm, category_asked_for
from incidents.tickets import actions, numbers, policies, unsent
from incidents.tickets.categories import Tree
from incidents.tickets.models import Ticket
from incidents.tickets.questions import QuestionsChanged
from incidents.tickets.unsent import Unsent

FORM = "new-ticket"


@for_everyone
@require_http_methods(["GET", "HEAD", "POST"])
def new_ticket(request: UserRequest) -> HttpResponse:
    draft = _draft(request.POST.get("follows", ""))
    if "draft" in request.POST and unsent.keep(request.user, draft, request.POST):
        messages.success(request, _("Saved. You find it again under “Report a problem”."))
        if request.FILES:
            messages.warning(request, _("Files can’t be kept with it: choose them again then."))
        return go(request, "/")
    tree = Tree.load()
    if request.method != "POST":
        return _show(request, tree, unsent.restore(request, _draft(request.GET.get("follows", ""))))
    if "show" in request.POST:
        return _ask(request, tree)
    follows = _followed(request, request.POST.get("follows", ""))
    form = NewTicketForm(request.POST, request.FILES, by=request.user, tree=tree)
    if form.is_valid() and "draft" in request.POST:
        form.add_error(None, _("This is too long to be kept. Put the long part into a file."))
    try:
        ticket = _file(request, form, tree, follows) if form.is_valid() else None
    except QuestionsChanged:  # at this very moment; the form says so by itself
        form = NewTicketForm(request.POST, request.FILES, by=request.user, tree=tree)
        ticket = None
    if ticket is None:
        template = "portal/new_ticket.html" + ("#form" if request.htmx else "")
        beside = None if request.htmx else _beside(request, form)
        context = {"nav": "new", "form": form, "follows": follows, "draft": draft, "beside": beside}
        return render(request, template, context, status=422)
    unsent.forget(request.user, draft)
    return go(request, ticket.get_absolute_url())


@for_everyone
@require_POST
def new_ticket_afresh(request: UserRequest) -> HttpResponse:
    """Start afresh: what was typed is thrown away."""
    unsent.forget(request.user, _draft(request.POST.get("follows", "")))
    return redirect(safe_next(request, "/tickets/new/"))


def _draft(follows: str) -> str:
    """The name under which the report is kept: a follow-up is not mixed up with another one."""
    number = numbers.read(follows)
    return FORM if number is None else f"{FORM}:{numbers.show(number)}"


def _ask(request: UserRequest, tree: Tree) -> HttpResponse:
    """The form as it was filled in, with the questions of the category: how they come without JavaScript."""
    if request.FILES:
        messages.warning(request, _("Files can’t be kept with it: choose them again then."))
    return _show(request, tree, Unsent(dict(request.POST.lists())), is_draft=False)


def _show(
    request: UserRequest, tree: Tree, kept: Unsent | None, *, is_draft: bool = True
) -> HttpResponse:
    typed = kept.text if kept else {}
    follows = _followed(request, request.GET.get("follows") or typed.get("follows", ""))
    asked: dict[str, Any] = {"title": request.GET.get("title", "")[:LONGEST_TITLE]}
    if follows:
        known = follows.category and (follows.category.merged_into or follows.category)
        asked = {"title": follows.title, "category": known and known.pk}
    initial = {**asked, **typed}
    if category := category_asked_for(request.GET.get("category", ""), tree):
        initial["category"] = category.pk
    posted = kept.posted if kept else None
    form = NewTicketForm(initial=initial, by=request.user, tree=tree, kept=posted)
    context = {
        "nav": "new", "form": form, "kept": kept if is_draft else None, "follows": follows,
        "draft": _draft(follows.ref if follows else ""), "beside": _beside(request, form),
    }  # fmt: skip
    return render(request, "portal/new_ticket.html", context)


def _beside(request: UserRequest, form: NewTicketForm) -> dict[str, Any]:
    """What is known already of that which stands in the form."""
    title, story, service = (
        str(form[name].value() or "") for name in ("title", "description", "service")
    )
    found = deflection.answers(
        request.user, title=title, story=story, service=deflection.service_key(service)
    )
    about = announcements.about_service(service, request.user) if service else []
    return {"found": found, "about": about}


def _followed(request: UserRequest, number: str) -> Ticket | None:
    """The ticket that this report follows up on, if there is one and it is theirs to follow up."""
    if (asked := numbers.read(number)) is None:
        return None
    seen = Ticket.objects.visible_to(request.user).select_related("team", "category__merged_into")
    ticket = seen.filter(number=asked).first()
    return ticket if ticket and policies.can_follow_up(request.user, ticket) else None


def _file(
    request: UserRequest, form: NewTicketForm, tree: Tree, follows: Ticket | None
) -> Ticket | None:
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
            answers=form.answers,
            type_answers=form.type_answers,
            follows=follows,
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
