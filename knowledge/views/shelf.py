"""The editors' shelf: every article with its drafts, writing, publishing, and what it said before."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.digits import whole
from accounts.errors import EditConflict, InvalidInput
from accounts.http import UserRequest, for_editors, go, safe_next
from accounts.paging import page
from knowledge import actions, clashes, outlines, places, policies, todo, unsaved
from knowledge.clashes import Clash
from knowledge.filters import ORDERS, STATES, ShelfFilter
from knowledge.forms import LONGEST_BODY, PLACE, ArticleForm
from knowledge.models import Article, Audience, Revision, Section
from knowledge.views import writing
from knowledge.views.life import find

EDIT = "knowledge/shelf/edit.html"
MANY = ("departments", "teams")


@for_editors
@require_GET
def shelf(request: UserRequest) -> HttpResponse:
    found = Article.objects.on_shelf_of(request.user).for_shelf()
    narrowed = ShelfFilter(request.GET, found, user=request.user)
    asked = {name: request.GET.get(name, "") for name in narrowed.filters}
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in asked.items() if value})
    context = {
        "nav": "kb",
        "page": page(narrowed.qs, narrowed.keys, request.GET.get("after", ""), size=50),
        "asked": asked,
        "query": query.urlencode(),
        "is_narrowed": any(value for name, value in asked.items() if name != "sort"),
        "choices": _choices(narrowed, asked),
        "orders": [(key, label) for key, (label, _keys) in ORDERS.items()],
        "waiting": todo.waiting(request.user),
    }
    return render(
        request, "knowledge/shelf/list.html", context, status=200 if narrowed.is_valid() else 400
    )


def _choices(narrowed: ShelfFilter, asked: dict[str, str]) -> list[dict[str, Any]]:
    """The boxes of the filter bar: name, label, what stands for “all”, and the values."""
    sections = [(one.slug, one.name) for one in Section.objects.all()]
    boxes = [
        ("state", _("State"), _("In use"), STATES),
        ("kind", _("Kind"), _("All kinds"), Article.Kind.choices),
        ("section", _("Category"), _("All categories"), sections),
        ("owner", _("Owner"), _("All owners"), narrowed.owner_choices),
        ("audience", _("Who may read it"), _("All readers"), Audience.choices),
    ]
    if len(narrowed.language_choices) > 1:
        boxes.append(("language", _("Language"), _("All languages"), narrowed.language_choices))
    return [
        {"name": name, "label": label, "all": everything, "values": values, "asked": asked[name]}
        for name, label, everything, values in boxes
    ]


@for_editors
@require_http_methods(["GET", "POST"])
def article_new(request: UserRequest) -> HttpResponse:
    """`?outline=how_to`: begun with the outline of this kind, where nothing was typed before."""
    if request.method == "GET":
        kept = unsaved.restore(request, None)
        return _show(request, ArticleForm(initial=_first(kept) or _begun(request)), kept=kept)
    form = ArticleForm(request.POST)
    article = _save(request, form, None) if form.is_valid() else None
    return _saved(request, article) if article else _show(request, form, status=422)


@for_editors
@require_http_methods(["GET", "POST"])
def article_edit(request: UserRequest, slug: str) -> HttpResponse:
    article = find(request, slug)
    may_settle = policies.can_settle(request.user, article)
    if request.method == "GET":
        kept = unsaved.restore(request, article)
        latest = _latest(article)
        form = ArticleForm(initial={**latest, **_first(kept), "expected": latest["expected"]}, may_settle=may_settle)  # fmt: skip
        return _show(request, form, article, kept=kept, clash=_saved_since(article, form, kept))
    form = ArticleForm(request.POST, initial=_latest(article), may_settle=may_settle)
    if "merge" in request.POST:
        return _merged(request, form, article)
    if not form.is_valid():
        return _show(request, form, article, status=422)
    try:
        saved = _save(request, form, article)
    except EditConflict as clash:
        form.add_error(None, clash.message)
        theirs = clash.changes[0]
        found = clashes.find(article, form, theirs, form.cleaned_data["expected"])
        return _show(request, form.based_on(theirs.number), article, clash=found, status=409)
    return _saved(request, saved) if saved else _show(request, form, article, status=422)


@for_editors
@require_POST
def article_publish(request: UserRequest, slug: str) -> HttpResponse:
    """Show the latest revision to its readers: the one that the page showed, or none."""
    before = find(request, slug)
    expected = whole(request.POST.get("expected", ""), 8)
    article = actions.publish(before, by=request.user, expected=expected)
    if article.published_number == before.published_number:
        messages.info(request, _("Somebody has published it already. Readers find it."))
    else:
        messages.success(request, _("Published. Readers find it now."))
    return go(request, safe_next(request, reverse("knowledge:edit", args=[article.slug])))


@for_editors
@require_POST
def article_withdraw(request: UserRequest, slug: str) -> HttpResponse:
    """Take it back from its readers; it stays on the shelf as a draft."""
    article = actions.withdraw(find(request, slug), by=request.user)
    messages.success(request, _("Taken back. It is a draft again."))
    return go(request, reverse("knowledge:edit", args=[article.slug]))


def _latest(article: Article) -> dict[str, Any]:
    """The newest revision, which is what a writer goes on with, and where the article stands, or is to with that."""
    latest = article.revisions.get(number=article.revision_number)
    place = places.latest(article)
    return {
        "title": latest.title,
        "summary": latest.summary,
        "body": latest.body,
        "tags": ", ".join(latest.tags),
        "section": place.section and place.section.pk,
        "audience": place.audience,
        "departments": [one.pk for one in place.departments],
        "teams": [one.pk for one in place.teams],
        "kind": place.kind,
        "is_featured": place.is_featured,
        "slug": article.slug,
        "expected": latest.number,
    }


def _first(kept: unsaved.Unsaved | None) -> dict[str, Any]:
    return {
        name: values if name in MANY else values[-1]
        for name, values in (kept.form if kept else {}).items()
        if values
    }


def _begun(request: UserRequest) -> dict[str, Any]:
    kind = request.GET.get("outline", "")
    if not outlines.is_kind(kind):
        return {}
    return {"kind": kind, "body": outlines.empty(kind, get_language() or "")}


def _saved_since(article: Article, form: ArticleForm, kept: unsaved.Unsaved | None) -> Clash | None:
    """What another one saved after this person began to type what was kept."""
    if kept is None or not 0 < kept.based_on < article.revision_number:
        return None
    return clashes.find(article, form, _newest(article), kept.based_on)


def _merged(request: UserRequest, form: ArticleForm, article: Article) -> HttpResponse:
    """Your text with what only the other one changed, to go on with. Nothing is saved."""
    theirs, began = _newest(article), whole(request.POST["merge"], 8)
    clash = clashes.find(article, form.based_on(theirs.number), theirs, began)
    is_merged = clash.merged is not None
    if clash.merged:
        form = form.with_words(clash.merged.fields)
        clash = clashes.find(article, form, theirs, began)
    return _show(request, form, article, clash=clash, is_merged=is_merged)


def _newest(article: Article) -> Revision:
    return article.revisions.select_related("author").get(number=article.revision_number)


def _save(request: UserRequest, form: ArticleForm, article: Article | None) -> Article | None:
    """All of it or nothing: the text, where it stands or is to stand, and if asked for its publication.

    Nothing when a rule refused it; then the form says why.
    """
    given = form.cleaned_data
    text = {name: given[name] for name in ("title", "summary", "body", "tags", "note")}
    place = {name: given[name] for name in PLACE}
    try:
        with transaction.atomic():
            if article is None:
                saved = actions.draft(by=request.user, **text)
                actions.adopt_files(saved, by=request.user)
                saved = actions.settle(saved, place=places.given(**place), by=request.user)
            else:
                moved = places.given(**place) if form.may_settle else None
                saved = actions.revise(
                    article, by=request.user, expected=given["expected"], place=moved, **text
                )
            if article and given["slug"] and given["slug"] != article.slug:
                saved = actions.rename(saved, slug=given["slug"], by=request.user)
            unsaved.forget(request.user, article)
            if request.POST.get("then") == "publish":
                saved = actions.publish(saved, by=request.user)
    except InvalidInput as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return None
    return saved


def _saved(request: UserRequest, article: Article) -> HttpResponse:
    if article.is_published and not article.has_newer_draft:
        messages.success(request, _("Saved and published."))
    elif article.is_published:
        messages.success(request, _("Saved as a newer draft. Readers see the published text."))
    else:
        messages.success(request, _("Draft saved."))
    if request.POST.get("then") == "review":
        return go(request, reverse("knowledge:life", args=[article.slug]))
    return go(request, reverse("knowledge:edit", args=[article.slug]))


def _show(
    request: UserRequest,
    form: ArticleForm,
    article: Article | None = None,
    *,
    clash: Clash | None = None,
    is_merged: bool = False,
    kept: unsaved.Unsaved | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "nav": "kb",
        "article": article,
        "form": form,
        "form_name": unsaved.form_name(article),
        "clash": clash,
        "is_merged": is_merged,
        "kept": kept,
        "kinds": Article.Kind.choices,
        "longest": LONGEST_BODY,
        "can_publish": policies.can_publish_own(request.user, article),
        "can_release": article and policies.can_release(request.user, article),
        "can_withdraw": article and policies.can_publish(request.user, article),
        **writing.shelf_files(request, article),
    }
    if article:
        context["broken"] = article.broken_links.all()
        context["moves"] = places.changes(article, places.coming(article))
        context |= writing.around(request, article, str(form["expected"].value() or ""))
    return render(request, EDIT, context, status=status)
