"""Changing many tickets at once: the form of an act, the run, what came of it, and undoing it.

The bar below a list is a plain form that asks for an act's form here; by htmx that opens in a dialog over the list and the
result comes as a notice, otherwise each is a page.
"""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import reswap, retarget, trigger_client_event

from accounts.errors import require
from accounts.http import UserRequest, for_agents
from accounts.paging import page
from accounts.permissions import Permission
from incidents.desk import runs
from incidents.desk.act_forms import ActForm
from incidents.desk.acts import MERGE, Act
from incidents.desk.models import BulkRun
from incidents.desk.report import Report
from incidents.desk.selection import MOST, Selection, matching
from incidents.tickets import numbers

PAGE = "desk/bulk/new.html"
RUN = "desk/bulk/run.html"
RUNS = 30
CAN_TELL = frozenset({"reply", "resolve", "status", "macro", "merge"})
"""Acts that may send words to requesters."""


@for_agents
@require_http_methods(["GET", "POST"])
def bulk_new(request: UserRequest) -> HttpResponse:
    """The form of an act for the tickets that were selected, and the run."""
    require(
        request.user.permits.anywhere(Permission.TICKETS_WORK), _("You may not change tickets.")
    )
    act = _act(request)
    given = request.POST if request.method == "POST" else request.GET
    chosen = Selection.read(given, request.user)
    known = {"about": chosen.standings(request.user)} if act.slug == "status" else {}
    if request.method == "GET":
        initial = {"into": numbers.show(min(chosen.numbers))} if act is MERGE else {}
        form = act.form(initial=initial, by=request.user, auto_id="id_bulk_%s", **known)
        return _form(request, act, chosen, form)
    form = act.form(request.POST, by=request.user, auto_id="id_bulk_%s", **known)
    if not form.is_valid():
        return _form(request, act, chosen, form, status=422)
    run = runs.start(
        act, form.plain(), chosen.numbers, by=request.user, key=request.POST.get("key", "")
    )
    return started(request, run)


@for_agents
@require_GET
def bulk_count(request: UserRequest) -> HttpResponse:
    """How many tickets the list `from` holds, for whoever selects all of them."""
    found = matching(request.GET.get("from", ""), request.user).order_by().values("pk")
    count = found[: MOST + 1].count()
    text = (
        _("the first %(most)d selected") % {"most": MOST}
        if count > MOST
        else ngettext("%(n)d selected", "%(n)d selected", count) % {"n": count}
    )
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@for_agents
@require_GET
def bulk_runs(request: UserRequest) -> HttpResponse:
    """What this person changed in bulk."""
    mine = BulkRun.objects.filter(by=request.user)
    found = page(mine, keys=("-id",), after=request.GET.get("after", ""), size=RUNS)
    context = {"nav": "bulk", "reports": [Report(run) for run in found.rows], "next": found.next}
    return render(request, "desk/bulk/runs.html", context)


@for_agents
@require_GET
def bulk_run(request: UserRequest, pk: int) -> HttpResponse:
    """One run: how far it is, what was refused and why."""
    return _told(request, _mine(request, pk))


@for_agents
@require_POST
def bulk_undo(request: UserRequest, pk: int) -> HttpResponse:
    run = _mine(request, pk)
    runs.undo(run, at=timezone.now())
    if not request.htmx:
        return redirect(run)
    run.refresh_from_db()
    return trigger_client_event(_told(request, run), "bulk:done", {"run": run.pk})


def _mine(request: UserRequest, pk: int) -> BulkRun:
    return get_object_or_404(BulkRun.objects.filter(by=request.user), pk=pk)


def _act(request: UserRequest) -> Act:
    slug = request.POST.get("act") or request.GET.get("act", "")
    if slug not in runs.BULK:
        raise Http404
    return runs.BULK[slug]


def _form(
    request: UserRequest, act: Act, chosen: Selection, form: ActForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "nav": "bulk",
        "act": act,
        "form": form,
        "chosen": chosen,
        "token": chosen.token(request.user),
        "most": MOST,
        "can_tell": act.slug in CAN_TELL,
        "minutes": runs.UNDO_FOR.seconds // 60,
    }
    return render(request, f"{PAGE}#form" if request.htmx else PAGE, context, status=status)


def started(request: UserRequest, run: BulkRun) -> HttpResponse:
    """By htmx the result as a notice over the list, which then fetches its rows; otherwise the run's page."""
    if not request.htmx:
        return redirect(run)
    response = reswap(retarget(_told(request, run), "#notices"), "innerHTML")
    return trigger_client_event(response, "bulk:done", {"run": run.pk})


def _told(request: UserRequest, run: BulkRun) -> HttpResponse:
    on_its_page = request.htmx and request.htmx.current_url_abs_path == run.get_absolute_url()
    context = {
        "nav": "bulk",
        "report": Report(run, request.user),
        "floats": request.htmx and not on_its_page,
    }
    return render(request, f"{RUN}#notice" if request.htmx else RUN, context)
