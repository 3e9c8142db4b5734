"""Small views that portal and desk share: files, Markdown preview, people lookup, drafts."""

import re
from collections.abc import Iterable

from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import files
from accounts.http import UserRequest, for_everyone
from accounts.models import User
from incidents.tickets import unsent
from incidents.tickets.categories import Tree
from incidents.tickets.models import Attachment
from incidents.tickets.people import FEWEST_LETTERS, MOST_CHOICES, count_lookup, known_to
from incidents.tickets.questions.form import CategoryQuestions

LONGEST_PREVIEW = 100_000
PICKER = re.compile(r"^(who|requester_name|qt?-[a-z0-9_]+)$")
"""Names of fields that pick a person; those of a category's own questions begin with q-, those of a type's with qt-."""
DRAFT_NAME = re.compile(r"^[a-z-]+(:INC-[1-9][0-9]{0,14})?$")


@for_everyone
@require_GET
def file_download(request: UserRequest, token: str, name: str) -> HttpResponseBase:
    """One file, to whoever sees its message. See `files.served`."""
    attachment = get_object_or_404(Attachment.objects.visible_to(request.user), token=token)
    return files.served(attachment, download="download" in request.GET)


@for_everyone
@require_POST
def markdown_preview(request: UserRequest) -> HttpResponse:
    """The text as it will look. Changes nothing; POST, since texts are long."""
    text = next(
        (request.POST[name] for name in ("text", "description", "body") if name in request.POST), ""
    )
    return render(request, "components/_preview.html", {"text": text[:LONGEST_PREVIEW]})


@for_everyone
@require_GET
def people_lookup(request: UserRequest) -> HttpResponse:
    """People by name for pickers: name and department, nothing else, and only from three letters on."""
    words = next((request.GET[name] for name in request.GET if PICKER.match(name)), "")
    words = words.replace("\x00", "").strip()
    found: Iterable[User] = []
    if len(words) >= FEWEST_LETTERS:
        count_lookup(request.user)
        found = known_to(request.user).found_by(words)[:MOST_CHOICES]
    if request.headers.get("Accept", "").startswith("application/json"):
        rows = [
            {
                "id": p.pk,
                "name": p.display_name,
                "department": p.department.name if p.department else "",
            }
            for p in found
        ]
        return JsonResponse({"people": rows})
    return render(request, "components/_people.html", {"people": found, "words": words})


@for_everyone
@require_http_methods(["GET", "POST"])
def questions_asked(request: UserRequest) -> HttpResponse:
    """What the chosen category asks, and its type. Changes nothing; POST, since answers that stay may be long."""
    sent = request.POST if request.method == "POST" else request.GET
    form = CategoryQuestions(sent, by=request.user, tree=Tree.load())
    return render(request, "components/_questions.html", {"asking": form})


@for_everyone
@require_POST
def draft_save(request: UserRequest, form: str) -> HttpResponse:
    """Keep what is being typed; an empty text ends the draft."""
    if not DRAFT_NAME.match(form):
        raise SuspiciousOperation("not a draft's name")
    is_kept = unsent.keep(request.user, form, request.POST)
    return HttpResponse(status=204 if is_kept else 413)
