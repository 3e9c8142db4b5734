"""What editors have to do."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.http import UserRequest, for_editors
from accounts.paging import page
from knowledge import todo

WHOSE = {"mine": _("Mine"), "all": _("Everybody’s")}
ROWS = 30


@for_editors
@require_GET
def to_do(request: UserRequest) -> HttpResponse:
    """One list at a time; without a choice the first that is not empty."""
    whose, show = request.GET.get("whose", "mine"), request.GET.get("show", "")
    understood = whose in WHOSE and show in ("", *todo.Kind.values)
    if not understood:
        whose, show = "mine", ""
    everybody = whose == "all"
    tabs = todo.tabs(request.user, everybody=everybody)
    first = next((tab.kind for tab in tabs if tab.count != "0"), todo.Kind.REVIEWS)
    kind = todo.Kind(show) if show else first
    found, keys = todo.rows(request.user, kind, everybody=everybody)
    context = {
        "nav": "kb",
        "tabs": tabs,
        "kind": kind,
        "whose": whose,
        "choices": WHOSE,
        "page": page(found, keys, request.GET.get("after", ""), size=ROWS),
        "is_first": "after" not in request.GET,
    }
    return render(request, "knowledge/shelf/to_do.html", context, status=200 if understood else 400)
