"""An article's life beside its text: review, plan, publication, archive, and who keeps it true."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts import typed
from accounts.digits import whole
from accounts.errors import InvalidInput
from accounts.http import UserRequest, for_editors, go, safe_next
from knowledge import actions, places, policies
from knowledge.actions.steps import latest_of
from knowledge.life_forms import AskReviewForm, CareForm, DecideForm, PlanForm
from knowledge.models import Article, Review, ReviewTask

PAGE = "knowledge/shelf/life.html"
MOST_REVIEWS = 20


@for_editors
@require_GET
def article_life(request: UserRequest, slug: str) -> HttpResponse:
    return _show(request, find(request, slug))


@for_editors
@require_POST
def review_ask(request: UserRequest, slug: str) -> HttpResponse:
    """Ask that the newest revision be looked at."""
    article = find(request, slug)
    form = AskReviewForm(request.POST, by=request.user, article=article)

    def ask(given: dict[str, Any]) -> str:
        actions.ask_review(article, by=request.user, **given)
        return _("Asked for a review. You hear when somebody decided.")

    return _do(request, article, "asking", form, ask)


@for_editors
@require_POST
def review_decide(request: UserRequest, slug: str) -> HttpResponse:
    """Approve, and publish or plan with it; or ask for changes."""
    article = find(request, slug)

    def decide(given: dict[str, Any]) -> str:
        words = {"comment": given["comment"], "expected": given["expected"]}
        if given["decision"] == DecideForm.CHANGES:
            review = actions.ask_changes(article, by=request.user, **words)
            return _("Given back to %(name)s.") % {"name": review.asked_by.display_name}
        actions.approve(article, by=request.user, **words)
        if given["decision"] == DecideForm.PUBLISH:
            actions.publish(article, by=request.user, expected=given["expected"])
            return _("Approved and published. Readers find it now.")
        if given["decision"] == DecideForm.PLAN:
            actions.plan(
                article, by=request.user, at=given["publish_at"], expected=given["expected"]
            )
            return _("Approved. It goes out by itself at that time.")
        return _("Approved. It is not published yet.")

    return _do(request, article, "deciding", DecideForm(request.POST), decide)


@for_editors
@require_POST
def review_end(request: UserRequest, slug: str) -> HttpResponse:
    """Take the question for a review back."""
    article = find(request, slug)
    actions.take_back(article, by=request.user)
    return _done(request, article, _("The review is taken back."))


@for_editors
@require_POST
def article_plan(request: UserRequest, slug: str) -> HttpResponse:
    """Let the newest revision go out at a time."""
    article = find(request, slug)

    def plan(given: dict[str, Any]) -> str:
        actions.plan(article, by=request.user, at=given["publish_at"], expected=given["expected"])
        return _("Planned. It goes out by itself at that time.")

    return _do(request, article, "planning", PlanForm(request.POST), plan)


@for_editors
@require_POST
def article_plan_end(request: UserRequest, slug: str) -> HttpResponse:
    article = find(request, slug)
    actions.drop_plan(article, by=request.user)
    return _done(request, article, _("Nothing goes out by itself any more."))


@for_editors
@require_POST
def article_care(request: UserRequest, slug: str) -> HttpResponse:
    """Set owner, interval and expiry: all of it or nothing."""
    article = find(request, slug)
    form = CareForm(request.POST, article=article)

    def care(given: dict[str, Any]) -> str:
        actions.set_owner(article, by=request.user, owner=given["owner"])
        actions.set_interval(article, by=request.user, days=given["review_days"])
        actions.set_expiry(article, by=request.user, at=given["expires_at"])
        return _("Saved.")

    return _do(request, article, "caring", form, care)


@for_editors
@require_POST
def article_reviewed(request: UserRequest, slug: str) -> HttpResponse:
    """What readers see is still true."""
    article = find(request, slug)
    expected = whole(request.POST.get("expected", ""), 8)
    actions.mark_reviewed(article, by=request.user, expected=expected)
    return _done(request, article, _("Marked as reviewed."))


@for_editors
@require_POST
def task_done(request: UserRequest, slug: str, reason: str) -> HttpResponse:
    """Somebody saw to it."""
    article = find(request, slug)
    get_object_or_404(article.tasks, reason=reason, done_at=None)
    actions.finish_task(article, reason, by=request.user)
    return _done(request, article, _("Done."))


@for_editors
@require_POST
def article_archive(request: UserRequest, slug: str) -> HttpResponse:
    article = find(request, slug)
    actions.archive(article, by=request.user)
    return _done(request, article, _("It is in the archive now. Nobody reads it any more."))


@for_editors
@require_POST
def article_bring_back(request: UserRequest, slug: str) -> HttpResponse:
    article = find(request, slug)
    actions.bring_back(article, by=request.user)
    return _done(request, article, _("Out of the archive. It is a draft now."))


def find(request: UserRequest, slug: str) -> Article:
    return get_object_or_404(Article.objects.on_shelf_of(request.user).with_people(), slug=slug)


def _do(
    request: UserRequest,
    article: Article,
    name: str,
    form: Form,
    act: Callable[[dict[str, Any]], str],
) -> HttpResponse:
    """The page again with what was typed, while a rule speaks against it; or what was done."""
    if form.is_valid():
        try:
            with transaction.atomic():
                return _done(request, article, act(form.cleaned_data))
        except InvalidInput as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    return _show(request, article, status=422, **{name: form})


def _done(request: UserRequest, article: Article, words: str) -> HttpResponse:
    messages.success(request, words)
    return go(request, safe_next(request, reverse("knowledge:life", args=[article.slug])))


def _show(
    request: UserRequest, article: Article, *, status: int = 200, **forms: Form
) -> HttpResponse:
    person = request.user
    reviews = list(
        article.reviews.select_related("asked_by", "reviewer", "decided_by")[:MOST_REVIEWS]
    )
    review = next((one for one in reviews if one.decision == Review.Decision.OPEN), None)
    seen = {"expected": article.revision_number}
    kept = {
        name: values[-1]
        for name, values in (typed.restore(request, f"life:{article.slug}") or {}).items()
    }
    context = {
        "nav": "kb",
        "article": article,
        "latest": latest_of(article),
        "review": review,
        "past": [one for one in reviews if one != review],
        "moves": places.changes(article, places.coming(article)),
        "planned_moves": places.changes(
            article, places.with_revision(article, article.publish_number)
        ),
        "tasks": list(article.tasks.filter(done_at=None)),
        "reasons": ReviewTask.Reason,
        "is_planned": article.publish_number == article.revision_number,
        "has_new": not article.is_published or article.has_newer_draft,
        "can_write": policies.can_write(person, article),
        "can_publish": policies.can_publish(person, article),
        "can_approve": policies.can_approve(person, article),
        "can_release": policies.can_release(person, article),
        "can_settle": policies.can_settle(person, article),
        "can_take_back": review and policies.can_take_back(person, review),
        "asking": AskReviewForm(by=person, article=article, initial={**seen, **kept}),
        "deciding": DecideForm(initial={**kept, **seen}),
        "planning": PlanForm(initial=seen),
        "caring": CareForm(article=article),
        **forms,
    }
    return render(request, PAGE, context, status=status)
