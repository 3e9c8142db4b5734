"""What the demo company's editors are at: articles in every state of their life, by the verbs of the shelf."""

import tomllib
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from accounts.models import User
from incidents.demo.company import FOLDER, Company
from knowledge import actions
from knowledge.models import Article, ReviewTask, Revision, Section


def carry_on(company: Company, *, now: datetime) -> None:
    said = tomllib.loads((FOLDER / "editing.toml").read_text(encoding="utf-8"))
    _settle_imported()
    for one in said["draft"]:
        _draft(company, one, now)
    for one in said["change"]:
        _change(company, one, now)
    people = [person for person in company.people.values() if person.is_active]
    for one in said["votes"]:
        _vote(one, people)
    for one in said["archive"]:
        actions.archive(_article(one), by=company.people[one["by"]])
    _name_what_is_behind(now)
    for article in Article.objects.due_for_review(now).order_by("pk"):
        actions.raise_due(article, at=article.review_due_at or now)


def _name_what_is_behind(now: datetime) -> None:
    """Translations whose source says something newer, also those that came in so."""
    sources = F("translation_of__published_number")
    behind = Article.objects.exclude(translation_of=None).exclude(translated_number=sources)
    for article in behind.published().select_related("translation_of").order_by("pk"):
        source = article.translation_of and article.translation_of.published_number
        details = {"translated": article.translated_number, "source": source}
        at = now - timedelta(days=6)
        actions.raise_task(article, ReviewTask.Reason.OUTDATED, details=details, at=at)


def _settle_imported() -> None:
    """Whoever wrote an article looks after it, since the day that it was written."""
    for article in Article.objects.exclude(source_path=None).order_by("pk"):
        Article.objects.filter(pk=article.pk).update(owner=article.author)
        article.revisions.update(created_at=article.text_changed_at)


def _draft(company: Company, one: dict[str, Any], now: datetime) -> None:
    by, at = company.people[one["by"]], now - timedelta(days=one["days"])
    article = actions.draft(
        one["title"], by=by, body=one["body"].strip(), summary=one["summary"], tags=one["tags"],
        section=Section.objects.get(slug=one["category"]), kind=one["kind"], at=at,
    )  # fmt: skip
    _dated(article, at)
    _review(company, article, one, now)
    if "plan_days" in one:
        actions.plan(article, by=by, at=_morning(now, one["plan_days"]))
    if "expires_days" in one:
        actions.set_expiry(article, by=by, at=_morning(now, one["expires_days"]))


def _change(company: Company, one: dict[str, Any], now: datetime) -> None:
    article, at = _article(one), now - timedelta(days=one["days"])
    body = article.body.replace(one["from"], one["to"]) if one["from"] else article.body + one["to"]
    article = actions.revise(
        article, by=company.people[one["by"]], title=article.title, summary=article.summary,
        tags=article.tags, body=body, note=one["note"], at=at,
    )  # fmt: skip
    _dated(article, at)
    _review(company, article, one, now)


def _review(company: Company, article: Article, one: dict[str, Any], now: datetime) -> None:
    """Asked for, and decided where it says so."""
    if not (ask := one.get("ask")):
        return
    actions.ask_review(
        article,
        by=company.people[one["by"]],
        reviewer=company.people[ask["reviewer"]] if "reviewer" in ask else None,
        message=ask["message"],
        at=now - timedelta(days=one["days"]) + timedelta(minutes=20),
    )
    if changes := one.get("changes"):
        at = now - timedelta(days=changes["days"])
        actions.ask_changes(
            article, by=company.people[changes["by"]], comment=changes["comment"], at=at
        )
    if approval := one.get("approve"):
        by, at = company.people[approval["by"]], now - timedelta(days=approval["days"])
        actions.approve(article, by=by, comment=approval["comment"], at=at)
        actions.publish(article, by=by, at=at)


def _vote(one: dict[str, Any], people: list[User]) -> None:
    """Readers said whether it helped; the score of one is low enough for a task."""
    article = _article(one)
    for number, person in enumerate(people[: one["helpful"] + one["unhelpful"]]):
        actions.vote(article, is_helpful=number < one["helpful"], by=person)


def _article(one: dict[str, Any]) -> Article:
    return Article.objects.get(slug=one["article"])


def _dated(article: Article, at: datetime) -> None:
    newest = Revision.objects.filter(article=article, number=article.revision_number)
    newest.update(created_at=at)


def _morning(now: datetime, days: int) -> datetime:
    return (now + timedelta(days=days)).replace(hour=7, minute=0, second=0, microsecond=0)
