"""Pages of administration: erasing a person in two steps, and the rules of how long things are kept."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import audit
from accounts.errors import Refused
from accounts.http import UserRequest, for_admins
from accounts.limits import require_seldom
from accounts.models import User
from accounts.permissions import Permission
from incidents.portal.export import WRITERS
from incidents.privacy import actions, belongings, retention
from incidents.privacy.forms import EraseForm, RuleForm
from incidents.privacy.models import Erasure, RetentionRule

for_erasers = for_admins(Permission.PEOPLE_ERASE)
for_readers = for_admins(Permission.PEOPLE_ERASE, Permission.AUDIT_READ)
MOST_FOUND = 20
MOST_SHOWN = 50
COUNTED_TO = 1_000
What = RetentionRule.What


# Erasing ----------------------------------------------------------------------------------------------------


@for_readers
@require_GET
def erasures(request: UserRequest) -> HttpResponse:
    """What was erased and how far it is; and the search for whom to erase."""
    words = request.GET.get("q", "").strip()[:120]
    found: Any = []
    if words and _may_erase(request):
        named = Q(email=words.lower()) | Q(display_name__icontains=words)
        people = User.objects.filter(named, is_system=False).exclude(pk=request.user.pk)
        found = people.select_related("department").order_by("display_name", "pk")[:MOST_FOUND]
    context = {
        "title": _("Erase people"),
        "words": words,
        "found": found,
        "erasures": Erasure.objects.select_related("person", "by")[:MOST_SHOWN],
        "may_erase": _may_erase(request),
    }
    return _page(request, "admin/erasures.html", context)


@for_erasers
@require_http_methods(["GET", "POST"])
def erase(request: UserRequest, person: int) -> HttpResponse:
    """Look at what there is of somebody, then erase it by typing their name."""
    who = get_object_or_404(User, pk=person, is_system=False)
    if request.method == "GET":
        return _preview(request, who, EraseForm(person=who))
    form = EraseForm(request.POST, person=who)
    if not form.is_valid():
        return _preview(request, who, form, status=422)
    given = form.cleaned_data
    try:
        erasure = actions.erase(
            who, by=request.user, reason=given["reason"], with_words=given["words"] == "blank"
        )
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return _preview(request, who, form, status=refusal.status)
    messages.success(
        request,
        _("Erased. The account is called %(name)s now; the rest goes in the background.")
        % {"name": erasure.person.display_name},
    )
    return HttpResponseRedirect(reverse("admin:erasures"))


@for_erasers
@require_GET
def person_file(request: UserRequest, person: int) -> HttpResponseBase:
    """What is kept of somebody as one file, to be handed over before it goes: without confidential tickets of others."""
    who = get_object_or_404(User, pk=person, is_system=False)
    require_seldom(
        "person-data", request.user.pk, most=20, seconds=60 * 60,
        message=_("You fetched the data of many people just now. Go on in an hour."),
    )  # fmt: skip
    audit.note(audit.Kind.EXPORTED, by=request.user, about=who, what="person_data")
    writer = WRITERS["json"]
    response = StreamingHttpResponse(
        writer.write(
            who, timezone.now(), get_language() or settings.LANGUAGE_CODE, by=request.user
        ),
        content_type=writer.content_type,
    )
    response["Content-Disposition"] = f'attachment; filename="person-{who.pk}.{writer.ending}"'
    return response


def _preview(
    request: UserRequest, who: User, form: EraseForm, *, status: int = 200
) -> HttpResponse:
    theirs = belongings.count_tickets(who, up_to=COUNTED_TO)
    counts = [(_("tickets that they reported or that are theirs"), theirs)]
    counts += [
        (str(apps.get_model(label)._meta.verbose_name_plural), number)
        for label, number in belongings.count(who).items()
    ]
    context = {
        "title": _("Erase %(name)s") % {"name": who.display_name},
        "person": who,
        "form": form,
        "counts": [(capfirst(what), number) for what, number in counts if number],
        "counted_to": COUNTED_TO,
        "roles": [str(held.role) for held in who.grants.select_related("role")],
        "before": who.erasures.first(),
    }
    return _page(request, "admin/erase.html", context, status)


# Retention --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rehearsed:
    """A rule with what it would do this night, and what came to it that nobody has looked at."""

    rule: RetentionRule
    touched: list[retention.Touched]
    count: int
    waiting: list[retention.Touched]
    waiting_count: int
    has_waiting: bool
    mark: str

    @property
    def is_mail(self) -> bool:
        return self.rule.what in {What.MAIL, What.UNUSED_MAIL}


@for_readers
@require_GET
def rules(request: UserRequest) -> HttpResponse:
    return _rules(request, RuleForm())


@for_erasers
@require_POST
def rule_add(request: UserRequest) -> HttpResponse:
    """A new rule does nothing until it is switched on."""
    form = RuleForm(request.POST)
    if not form.is_valid():
        return _rules(request, form, status=422)
    actions.add_rule(form.instance, by=request.user)
    messages.success(request, _("Added. Look at what it would touch, then switch it on."))
    return HttpResponseRedirect(reverse("admin:retention"))


@for_erasers
@require_POST
def rule_switch(request: UserRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(RetentionRule, pk=pk)
    on, seen = request.POST.get("on") == "1", request.POST.get("seen", "")
    actions.switch_rule(rule, on=on, seen=seen, by=request.user)
    messages.success(
        request, _("Switched on. It is carried out every night.") if on else _("Switched off.")
    )
    return HttpResponseRedirect(reverse("admin:retention"))


@for_erasers
@require_POST
def rule_agree(request: UserRequest, pk: int) -> HttpResponse:
    """Let the rule take what came to it since it was switched on."""
    rule = get_object_or_404(RetentionRule, pk=pk)
    actions.agree(rule, seen=request.POST.get("seen", ""), by=request.user)
    messages.success(request, _("From this night on the rule is for these tickets, too."))
    return HttpResponseRedirect(reverse("admin:retention"))


@for_erasers
@require_http_methods(["GET", "POST"])
def rule_remove(request: UserRequest, pk: int) -> HttpResponse:
    """Look at which wider rule its tickets would come to, then remove it."""
    rule = get_object_or_404(RetentionRule.objects.select_related("category"), pk=pk)
    if request.method == "POST":
        actions.remove_rule(rule, by=request.user)
        messages.success(request, _("Removed."))
        return HttpResponseRedirect(reverse("admin:retention"))
    heir = retention.heir(rule)
    found = retention.counted(retention.inherited(rule, heir, timezone.now())) if heir else []
    context = {
        "title": _("Remove rule"),
        "rule": rule,
        "heir": heir,
        "inherited": found[:MOST_SHOWN],
        "count": sum(one.count for one in found),
    }
    return _page(request, "admin/retention_removal.html", context)


def _rules(request: UserRequest, form: RuleForm, *, status: int = 200) -> HttpResponse:
    now = timezone.now()
    rehearsed = [_rehearsed(rule, now) for rule in RetentionRule.objects.select_related("category")]
    context = {
        "title": _("Retention"),
        "form": form,
        "rehearsed": rehearsed,
        "may_change": _may_erase(request),
    }
    return _page(request, "admin/retention.html", context, status)


def _rehearsed(rule: RetentionRule, now: Any) -> Rehearsed:
    mark = retention.mark_of(rule)
    if rule.what != What.TICKETS:
        return Rehearsed(rule, [], retention.entries_due(rule, now), [], 0, False, mark)
    touched = retention.rehearse(rule, now)
    has_waiting = bool(retention.reach(rule).waiting)
    waiting = retention.counted(retention.waiting(rule, now)) if has_waiting else []
    return Rehearsed(
        rule,
        touched[:MOST_SHOWN],
        sum(one.count for one in touched),
        waiting[:MOST_SHOWN],
        sum(one.count for one in waiting),
        has_waiting,
        mark,
    )


def _may_erase(request: UserRequest) -> bool:
    return request.user.permits.anywhere(Permission.PEOPLE_ERASE)


def _page(
    request: UserRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    return TemplateResponse(
        request, template, {**admin.site.each_context(request), **context}, status=status
    )
