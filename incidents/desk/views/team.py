"""A team's lead: load, absences, how tickets are given out, and giving tickets to others. And one's own absence."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.absences import absent
from accounts.errors import Refused, require
from accounts.http import UserRequest, for_agents
from accounts.models import Absence, Team, User
from accounts.permissions import Permission
from incidents.desk import leading
from incidents.desk.sidebar import queues_of
from incidents.desk.team_forms import AbsenceForm, GiveAwayForm, GivingForm
from incidents.tickets import actions
from incidents.tickets.models import Ticket
from incidents.tickets.workers import load_of, workers

PAGE = "desk/team.html"
MOST_AT_ONCE = 100


@for_agents
@require_GET
def teams(request: UserRequest) -> HttpResponse:
    """The teams that this person leads; of one, its page at once."""
    led = leading.led_by(request.user)
    if len(led) == 1:
        return HttpResponseRedirect(_url(led[0]))
    return render(request, "desk/teams.html", {"nav": "team", "teams": led})


@for_agents
@require_GET
def team(request: UserRequest, slug: str) -> HttpResponse:
    return _page(request, _led(request, slug))


@for_agents
@require_POST
def team_giving(request: UserRequest, slug: str) -> HttpResponse:
    """By hand, in turn, by load."""
    team = _led(request, slug)
    form = GivingForm(request.POST, instance=team)
    if not form.is_valid():
        return _page(request, team, giving=form, status=422)
    # Whose turn it is, or a new name, may be written at the same moment.
    form.save(commit=False).save(update_fields=["assigns"])
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(_url(team))


@for_agents
@require_POST
def team_absence(request: UserRequest, slug: str) -> HttpResponse:
    """Enter somebody's absence."""
    team = _led(request, slug)
    form = AbsenceForm(request.POST, by=request.user, people=workers(team))
    if not form.is_valid():
        return _page(request, team, absence=form, status=422)
    form.save()
    messages.success(request, _("The absence is entered."))
    return HttpResponseRedirect(_url(team))


@for_agents
@require_POST
def team_absence_remove(request: UserRequest, slug: str, pk: int) -> HttpResponse:
    team = _led(request, slug)
    get_object_or_404(Absence, pk=pk, user__in=workers(team)).delete()
    messages.success(request, _("The absence is removed."))
    return HttpResponseRedirect(_url(team))


@for_agents
@require_http_methods(["GET", "POST"])
def team_person(request: UserRequest, slug: str, pk: int) -> HttpResponse:
    """What one person has, to be given to others: chosen tickets to one of them, or shared out."""
    team = _led(request, slug)
    person = get_object_or_404(User.objects.people(), pk=pk)
    seen = Ticket.objects.seen_as_staff_by(request.user)
    tickets = list(leading.given_away(team, person, seen)[: MOST_AT_ONCE + 1])
    others = [one for one in workers(team) if one.pk != person.pk]
    away = absent(others, at=timezone.now())
    here = [one for one in others if one.pk not in away]
    numbers = [one.number for one in tickets[:MOST_AT_ONCE]]
    form = GiveAwayForm(request.POST or None, people=here, tickets=numbers)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            _give_away(request, form, tickets, here)
            return HttpResponseRedirect(reverse("desk:team-person", args=[team.slug, person.pk]))
        status = 422
    context = {
        "nav": "team",
        "team": team,
        "person": person,
        "tickets": tickets[:MOST_AT_ONCE],
        "has_more": len(tickets) > MOST_AT_ONCE,
        "form": form,
        "ticked": set(form.data.getlist("ticket")) if form.is_bound else None,  # type: ignore[attr-defined]
    }
    return render(request, "desk/team/person.html", context, status=status)


@for_agents
@require_http_methods(["GET", "POST"])
def absences(request: UserRequest) -> HttpResponse:
    """One's own absences."""
    form = AbsenceForm(request.POST if request.method == "POST" else None, by=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The absence is entered."))
        return HttpResponseRedirect(reverse("desk:absences"))
    context = {
        "nav": "absences",
        "form": form,
        "absences": leading.absences_of([request.user], now=timezone.now()),
    }
    return render(request, "desk/absences.html", context, status=422 if form.errors else 200)


@for_agents
@require_POST
def absence_remove(request: UserRequest, pk: int) -> HttpResponse:
    get_object_or_404(Absence, pk=pk, user=request.user).delete()
    messages.success(request, _("The absence is removed."))
    return HttpResponseRedirect(reverse("desk:absences"))


def _give_away(
    request: UserRequest, form: GiveAwayForm, tickets: list[Ticket], here: list[User]
) -> None:
    """One ticket, one transaction: what is refused is said, and stops no other."""
    wanted = set(form.cleaned_data["ticket"])
    load = load_of(one.pk for one in here)
    given, refused = 0, []
    for ticket in sorted((one for one in tickets if one.number in wanted), key=lambda one: one.pk):
        to = form.people.get(form.cleaned_data["to"]) or leading.share_out(here, load)
        if to is None:
            refused.append(_("Nobody else of the team is here."))
            break
        try:
            actions.assign(ticket, to=to, by=request.user, expected=ticket.version)
            given += 1
        except Refused as refusal:
            refused.append(f"{ticket.ref}: {refusal.message}")
    if given:
        told = ngettext("%(n)d ticket was given away.", "%(n)d tickets were given away.", given)
        messages.success(request, told % {"n": given})
    for line in refused[:5]:
        messages.warning(request, line)


def _led(request: UserRequest, slug: str) -> Team:
    """The team; 404 for those who don't see its queue, refused to those who don't lead it."""
    team = get_object_or_404(queues_of(request.user), slug=slug)
    require(
        request.user.permits.allows(Permission.TEAM_LEAD, team),
        _("This page is for who leads the team."),
    )
    return team


def _page(
    request: UserRequest,
    team: Team,
    *,
    giving: GivingForm | None = None,
    absence: AbsenceForm | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    tickets = Ticket.objects.seen_as_staff_by(request.user)
    loads = leading.loads(team, tickets, now=now)
    members = [load.person for load in loads if load.is_member]
    by_age = leading.ages(team, tickets, now=now)
    context: dict[str, Any] = {
        "nav": "team",
        "team": team,
        "loads": loads,
        "ages": by_age,
        "open": sum(age.open for age in by_age),
        "unassigned": sum(age.unassigned for age in by_age),
        "absences": leading.absences_of(members, now=now),
        "today": timezone.localdate(),
        "giving": giving or GivingForm(instance=team),
        "absence": absence or AbsenceForm(by=request.user, people=members),
    }
    return render(request, PAGE, context, status=status)


def _url(team: Team) -> str:
    return reverse("desk:team", args=[team.slug])
