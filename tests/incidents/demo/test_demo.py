"""`demo`: a believable company, made once, and never by mistake in a portal in use."""

from collections import Counter
from io import StringIO

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from accounts.models import Absence, Team, User
from incidents.demo.company import FOLDER, PASSWORD
from incidents.desk import acts
from incidents.desk.canned import unknown
from incidents.desk.gaps import shown_to
from incidents.desk.listings import narrowed
from incidents.desk.models import CannedReply, Macro, SavedView, Scope
from incidents.mail.models import RawMail
from incidents.notify.models import Channel, Delivery
from incidents.portal.models import Announcement
from incidents.tickets import rebuild
from incidents.tickets.kinds import Kind
from incidents.tickets.models import (
    Attachment,
    Category,
    Event,
    Mention,
    Message,
    Rating,
    Service,
    Ticket,
)
from incidents.workflow.states import Status
from knowledge.models import Article, Review, ReviewTask, Section
from knowledge.reading import Reading

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ACCOUNTS = ("employee", "agent", "lead", "manager", "editor", "admin")


def run(*options: str) -> str:
    out = StringIO()
    call_command("demo", *options, stdout=out, skip_checks=True)
    return out.getvalue()


@pytest.fixture(scope="module")
def demo(kept_for_module: None) -> str:
    return run("--yes")


def test_the_company_is_believable(demo: str, client: Client) -> None:
    """One long look."""
    assert (Team.objects.count(), Category.objects.count(), Service.objects.count()) == (6, 27, 12)
    made = Ticket.objects.count()
    assert (User.objects.people().count(), made >= 300) == (40, True)
    assert Ticket.objects.filter(category__is_confined=True).exists()

    statuses = Counter(Ticket.objects.values_list("status", flat=True))
    assert set(statuses) == set(Status.values)
    assert Message.objects.count() > 3 * Ticket.objects.count()
    assert set(Event.objects.values_list("kind", flat=True)) >= {
        Kind.MOVED,
        Kind.REOPENED,
        Kind.FOLLOWED,
        Kind.CLOSED,
        Kind.RATED,
    }
    assert Attachment.objects.filter(content_type="image/png").exists()

    assert 40 <= Rating.objects.count() < 96
    assert Rating.objects.exclude(comment="").count() >= 10
    assert Announcement.objects.running(timezone.now()).count() == 2

    assert Article.objects.published().count() >= 40
    assert Article.objects.featured().count() == 6
    assert not Article.objects.filter(section=None).exists()
    roots = Category.objects.filter(parent=None)
    assert set(Section.objects.values_list("slug", "name", "icon")) == set(
        roots.values_list("slug", "name", "icon")
    )

    opened = list(Ticket.objects.order_by("number").values_list("created_at", flat=True))
    told = list(Event.objects.order_by("pk").values_list("occurred_at", flat=True))
    assert (opened, told) == (sorted(opened), sorted(told))
    assert list(rebuild.all_differences()) == list(rebuild.all_breaks()) == []

    for name in ACCOUNTS:
        assert User.objects.get(email=f"{name}@example.com").check_password(PASSWORD)
        assert f"{name}@example.com" in demo
    assert PASSWORD in demo
    assert Delivery.objects.unread().filter(recipient__email="agent@example.com").exists()
    assert not Delivery.objects.exclude(channel=Channel.BELL).exists()

    assert run("--yes") == "The demo company is there already.\n"
    assert Ticket.objects.count() == made


def test_mail_has_come_in_and_some_of_it_waits_for_somebody(demo: str) -> None:
    states = Counter(RawMail.objects.values_list("state", flat=True))
    assert states == {"taken": 2, "held": 1, "ignored": 1, "quarantined": 1}
    by_mail = Ticket.objects.filter(origin=Ticket.Origin.MAIL)
    assert by_mail.filter(events__kind=Kind.FILED).distinct().count() == 2
    assert by_mail.filter(messages__original__isnull=False).count() == 1


def test_everything_in_its_files_is_used(demo: str) -> None:
    files = sorted(path.stem for path in (FOLDER / "articles").glob("*.md"))

    imported = Article.objects.exclude(source_path=None)
    assert sorted(imported.values_list("slug", flat=True)) == files


def test_articles_are_in_every_state_of_their_life(demo: str) -> None:
    now, articles = timezone.now(), Article.objects.all()
    assert articles.filter(state=Article.State.DRAFT).count() >= 4
    assert articles.filter(state=Article.State.ARCHIVED).exists()
    assert articles.waiting_for_review().count() >= 2
    assert articles.with_newer_draft().exists()
    assert articles.due_for_review(now).exists()
    assert articles.filter(publish_at__gt=now, expires_at__gt=now).exists()
    assert {review.decision for review in Review.objects.all()} == {"open", "changes", "approved"}
    assert {"due", "low_score", "outdated"} <= {task.reason for task in ReviewTask.objects.all()}
    assert not Delivery.objects.mails().filter(news__isnull=False).exists()


def test_articles_are_of_every_kind_and_some_are_translated(demo: str) -> None:
    published = Article.objects.published()
    assert set(published.values_list("kind", flat=True)) >= {"how_to", "known_error", "faq", "runbook"}  # fmt: skip
    german = {one.slug: one for one in published.filter(language="de").exclude(translation_of=None)}
    current, behind = (german[slug] for slug in ("kennwort-selbst-zuruecksetzen", "vpn-trennt-sich-alle-paar-minuten"))  # fmt: skip
    assert current.translated_number == current.translation_of.published_number
    assert behind.translated_number != behind.translation_of.published_number
    assert not current.tasks.filter(reason="outdated").exists()
    assert Reading(published.get(slug="orderbook-finds-no-customer-with-an-accent"), AnonymousUser()).workaround  # fmt: skip


def test_articles_solved_tickets_and_others_are_missing(demo: str) -> None:
    assert Article.objects.filter(solved_count__gt=0).count() >= 8
    assert Ticket.objects.exclude(solved_with=None).count() >= 10

    gaps = shown_to(User.objects.get(email="editor@example.com"))
    assert len(gaps) >= 4
    assert gaps[0].people >= 8
    assert len(gaps[0].gap.words) >= 3


def test_the_desk_is_set_up_with_what_works(demo: str) -> None:
    manager = User.objects.get(email="manager@example.com")
    views = list(SavedView.objects.all())
    assert {view.scope for view in views} == set(Scope.values)
    for view in views:  # raises where a view asks for what no list knows
        listed = narrowed(QueryDict(view.query), view.owner).tickets
        assert view.name.startswith("Mine") or listed.exists(), view.name
    assert [reply.name for reply in CannedReply.objects.all() if unknown(reply.body)] == []

    for macro in Macro.objects.usable_by(manager):
        for step in macro.steps:
            act = acts.find(step["act"])
            given = {
                name: ", ".join(value) if isinstance(value, list) else value
                for name, value in step["with"].items()
            }
            assert act.form(given, by=manager).is_valid(), (macro.name, step)
            assert act.describe(step["with"])


def test_agents_keep_tags_checklists_causes_and_time_beside_tickets(demo: str) -> None:
    assert set(Event.objects.values_list("kind", flat=True)) >= {
        Kind.TAGGED,
        Kind.CHECKLIST_CHANGED,
        Kind.HYPOTHESIS_CHANGED,
        Kind.TIME_SPENT,
    }
    assert Mention.objects.filter(user__email="agent@example.com").exists()
    assert Absence.objects.on(timezone.localdate()).exists()
    assert list(rebuild.all_differences()) == []
