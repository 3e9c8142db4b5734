"""Canned replies: picked in the composer, kept on pages of their own."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.digits import whole
from accounts.errors import require
from accounts.http import UserRequest, for_agents
from accounts.models import User
from incidents.desk import canned, sharing
from incidents.desk.models import CannedReply, Scope
from incidents.desk.views.ticket import find

LONGEST = 20_000
MOST_OFFERED = 20
MOST_LISTED = 500


class CannedForm(sharing.SharedForm):
    class Meta:
        model = CannedReply
        fields = ("name", "body", "scope", "team")
        error_messages = {
            "name": {"required": gettext_lazy("Give it a name to find it by.")},
            "body": {"required": gettext_lazy("Write something first.")},
        }

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"].replace("\r\n", "\n").replace("\x00", "")
        if len(body) > LONGEST:
            raise ValidationError(_("This is too long for a reply."))
        if wrong := canned.unknown(body):
            raise ValidationError(
                ngettext(
                    "There is no variable %(names)s. Choose one of the list below the text.",
                    "There are no variables %(names)s. Choose from the list below the text.",
                    len(wrong),
                )
                % {"names": ", ".join(wrong[:5])}
            )
        return body


@for_agents
@require_GET
def canned_list(request: UserRequest) -> HttpResponse:
    """Canned replies that this person may use, their own first."""
    found = list(CannedReply.objects.usable_by(request.user).select_related("team", "owner")[:MOST_LISTED])  # fmt: skip
    rows = [(one, sharing.can_change(request.user, one)) for one in found]
    groups = [
        (label, [row for row in rows if row[0].scope == scope])
        for scope, label in (
            (Scope.MINE, _("Only for me")),
            (Scope.TEAM, _("For a team")),
            (Scope.EVERYBODY, _("For everybody on the desk")),
        )
    ]
    return render(request, "desk/canned.html", {"nav": "canned", "groups": groups, "any": bool(rows)})  # fmt: skip


@for_agents
@require_http_methods(["GET", "POST"])
def canned_new(request: UserRequest) -> HttpResponse:
    return _edit(request, CannedReply())


@for_agents
@require_http_methods(["GET", "POST"])
def canned_edit(request: UserRequest, pk: int) -> HttpResponse:
    return _edit(request, _mine(request, pk))


@for_agents
@require_POST
def canned_delete(request: UserRequest, pk: int) -> HttpResponse:
    one = _mine(request, pk)
    with sharing.noted(one, by=request.user):
        one.delete()
    return HttpResponseRedirect(reverse("desk:canned"))


@for_agents
@require_GET
def ticket_canned(request: UserRequest, number: int) -> HttpResponse:
    """Replies to put into the composer, filled for this ticket; found by words of their name or text."""
    ticket = find(request, number)
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    found = offered(request.user, words)[:MOST_OFFERED]
    rows = [(one, canned.fill(one.body, ticket, request.user)) for one in found]
    return render(request, "desk/_canned.html", {"rows": rows, "words": words})


def offered(user: User, words: str) -> QuerySet[CannedReply]:
    """Those with all of these words, what is used most first."""
    found: QuerySet[CannedReply] = CannedReply.objects.usable_by(user)
    for word in words.split():
        found = found.filter(Q(name__icontains=word) | Q(body__icontains=word))
    return found.order_by("-uses", "name", "pk")


def count_use(user: User, given: str) -> None:
    """A reply was sent into which this one had been put."""
    if (key := whole(given, 17)) is not None:
        mine = CannedReply.objects.usable_by(user).filter(pk=key)
        mine.update(uses=F("uses") + 1)


def _mine(request: UserRequest, pk: int) -> CannedReply:
    one: CannedReply = get_object_or_404(CannedReply.objects.usable_by(request.user), pk=pk)
    require(
        sharing.can_change(request.user, one),
        _("Only who leads the team may change what is shared with it."),
    )
    return one


def _edit(request: UserRequest, one: CannedReply) -> HttpResponse:
    form = CannedForm(request.POST or None, instance=one, by=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        return HttpResponseRedirect(reverse("desk:canned"))
    context: dict[str, Any] = {
        "nav": "canned",
        "form": form,
        "one": one if one.pk else None,
        "variables": [("{{" + name + "}}", label) for name, label in canned.LABELS.items()],
    }
    status = 422 if form.errors else 200
    return render(request, "desk/canned_edit.html", context, status=status)
