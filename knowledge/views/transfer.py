"""Articles in and out as a zip: what would become of each file, then doing it; and what is here, to take along."""

import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import audit, formats
from accounts.errors import Refused
from accounts.http import UserRequest, for_editors
from knowledge import policies
from knowledge.exporting import export, parts, to_zip
from knowledge.filters import EVERYTHING, ShelfFilter
from knowledge.forms import ImportForm
from knowledge.importing import BadSource, Manner, Outcome, Plan, archive, carry_out, waiting
from knowledge.importing.reading import is_article
from knowledge.importing.sources import stem_of
from knowledge.models import Article

PAGE = "knowledge/shelf/import.html"
PARTS = "knowledge/shelf/export.html"
MOST_SHOWN = 2_000
WORDS = {
    "refused": (gettext_lazy("Refused"), "danger", "circle-x"),
    "new": (gettext_lazy("New"), "success", "plus"),
    "changed": (gettext_lazy("Changed"), "info", "pencil"),
    "unchanged": (gettext_lazy("As it is here"), "neutral", "check"),
    "left_out": (gettext_lazy("Left out"), "neutral", "minus"),
}
"""What became of a file, the tone and the icon; in the order in which they are shown."""


@for_editors
@require_http_methods(["GET", "POST"])
def import_zip(request: UserRequest) -> HttpResponse:
    """Look at a zip: what would become of each of its files. Nothing is written yet."""
    may_publish = policies.can_publish(request.user)
    if request.method == "GET":
        return _show(request, ImportForm(may_publish=may_publish))
    form = ImportForm(request.POST, request.FILES, may_publish=may_publish)
    if not form.is_valid():
        return _show(request, form, status=422)
    packed = form.cleaned_data["packed"]
    given = {
        name: form.cleaned_data.get(name, False)
        for name in ("audience", "kind", "publish", "overwrite")
    }
    try:
        plan = _plan(request, packed, packed.name, given)
    except BadSource as refusal:
        form.add_error("packed", refusal.message)
        return _show(request, form, status=422)
    packed.seek(0)
    word = waiting.keep(packed, by=request.user, given=given)
    return _show(request, form, told=plan.told(), word=word)


@for_editors
@require_POST
def import_do(request: UserRequest) -> HttpResponse:
    """Do what the look at it said, as things are now: all that is not refused, or nothing."""
    try:
        found = waiting.find(request.POST.get("word", ""), by=request.user)
        with waiting.taken(found) as packed:
            # Reading everything takes long: nobody else who writes has to wait for that.
            plan = _plan(request, packed, found.name, found.given)
            with transaction.atomic():
                told = list(carry_out(plan))
    except BadSource as refusal:
        messages.error(request, refusal.message)
        return redirect("knowledge:import")
    form = ImportForm(may_publish=policies.can_publish(request.user))
    return _show(request, form, told=sorted(told, key=lambda one: one.path), is_done=True)


@for_editors
@require_GET
def export_zip(request: UserRequest) -> HttpResponseBase:
    """What this editor sees on the shelf, narrowed as the shelf is, as a zip; in parts where one would be too large to come in again."""
    narrowed = ShelfFilter(
        request.GET, Article.objects.on_shelf_of(request.user), user=request.user
    )
    if not narrowed.is_valid():
        raise Refused(_("There is no such filter."))
    told = parts(narrowed.qs)
    number = request.GET.get("part", "")
    if len(told) > 1 and not number:
        return _offer(request, [len(one) for one in told])
    articles, name = narrowed.qs, f"articles-{timezone.localdate():%Y-%m-%d}"
    if number:
        if not re.fullmatch("[1-9][0-9]{0,5}", number) or int(number) > len(told):
            raise Refused(_("There is no such part."))
        articles = narrowed.qs.filter(pk__in=told[int(number) - 1])
        name = f"{name}-{number}"
    packed = tempfile.TemporaryFile()  # noqa: SIM115 (the answer closes it)
    for one in to_zip(export(articles), packed):
        messages.warning(request, one.missing)
    packed.seek(0)
    audit.note_export("articles", by=request.user, narrowed=_is_narrowed(request))
    return FileResponse(
        packed, as_attachment=True, filename=f"{name}.zip", content_type="application/zip"
    )


def _is_narrowed(request: UserRequest) -> bool:
    asked = {name: value for name, value in request.GET.items() if name != "part"}
    return bool(asked) and asked != {"state": EVERYTHING}


def _offer(request: UserRequest, sizes: list[int]) -> HttpResponse:
    """The parts, to be taken one after the other."""
    query = request.GET.urlencode()
    context = {
        "nav": "kb",
        "rows": [
            (f"?{query}&part={number}" if query else f"?part={number}", number, size)
            for number, size in enumerate(sizes, 1)
        ],
        "total": sum(sizes),
    }
    return render(request, PARTS, context)


def _plan(request: UserRequest, packed: Any, name: str, given: dict[str, Any]) -> Plan:
    source = archive(packed)
    articles = sum(map(is_article, source.files))
    if articles > waiting.MOST_ARTICLES:
        raise BadSource(
            _(
                "This zip has more than %s articles. Bring it in by the command “import_articles”, or in parts."
            )
            % formats.grouped(waiting.MOST_ARTICLES)
        )
    if len(source.files) - articles > waiting.MOST_OTHERS:
        raise BadSource(
            _("This zip has more than %s files. Bring them in as several.")
            % formats.grouped(waiting.MOST_OTHERS)
        )
    return Plan(source, Manner(by=request.user, name=stem_of(name), **given))


def _show(
    request: UserRequest,
    form: ImportForm,
    *,
    told: Sequence[Outcome] = (),
    word: str = "",
    is_done: bool = False,
    status: int = 200,
) -> HttpResponse:
    counts: Counter[str] = Counter(one.what for one in told)
    order = list(WORDS)
    rows = sorted(told, key=lambda one: (order.index(one.what), one.path))[:MOST_SHOWN]
    to_write = counts["new"] + counts["changed"]
    context = {
        "nav": "kb",
        "form": form,
        "rows": [(one, *WORDS[one.what]) for one in rows],
        "counts": [(WORDS[what][0], counts[what]) for what in order if counts[what]],
        "to_write": to_write,
        "button": ngettext("Bring in %(n)s article", "Bring in %(n)s articles", to_write)
        % {"n": to_write},
        "word": word,
        "is_done": is_done,
        "was_looked_at": bool(word),
    }
    return render(request, PAGE, context, status=status)
