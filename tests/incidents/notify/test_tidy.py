"""The nightly sweep, and the list of what runs when."""

import os
from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Schedule

from accounts.actions.send_sign_in_link import send_sign_in_link
from config.schedules import SCHEDULES
from incidents.notify import jobs, tidy
from incidents.notify.models import Delivery, State
from incidents.tickets.models import Attachment, Draft, IdempotencyKey
from knowledge import actions as articles
from tests.incidents.tickets.uploads import text_file


def age(name: str, **by) -> None:
    long_ago = (timezone.now() - timedelta(**by)).timestamp()
    os.utime(default_storage.path(name), (long_ago, long_ago))


def test_files_that_no_attachment_names_go_after_an_hour(make_ticket):
    make_ticket(files=[text_file("log.txt", b"kept")])
    kept = Attachment.objects.get().file.name
    old = default_storage.save("tickets/aa/orphan", ContentFile(b"x"))
    new = default_storage.save("tickets/aa/fresh", ContentFile(b"x"))
    age(kept, hours=2)
    age(old, hours=2)

    jobs.tidy()

    assert [default_storage.exists(name) for name in (kept, old, new)] == [True, False, True]


def test_files_of_articles_that_nothing_names_go_too(make_article, editor):
    article = make_article()
    articles.bring_file(text_file("log.txt", b"kept"), by=editor, article=article)
    kept = article.files.get().file.name
    old = default_storage.save("articles/aa/orphan", ContentFile(b"x"))
    new = default_storage.save("articles/aa/fresh", ContentFile(b"x"))
    age(kept, hours=2)
    age(old, hours=2)

    jobs.tidy()

    assert [default_storage.exists(name) for name in (kept, old, new)] == [True, False, True]

    article.delete()
    jobs.tidy()
    assert not default_storage.exists(kept)


def test_mails_about_accounts_go_ninety_days_after_they_were_tried(ticket, requester, agent, admin, smtp):  # fmt: skip
    smtp.says[agent.email] = ["550 no such user"]
    for person in (requester, agent):
        send_sign_in_link(person, by=admin)
        jobs.send_due()
    with time_machine.travel(timezone.now() + timedelta(days=89)):
        jobs.tidy()
        assert Delivery.objects.exclude(occasion="").count() == 2
        send_sign_in_link(requester, by=admin)

    with time_machine.travel(timezone.now() + timedelta(days=91)):
        jobs.tidy()
        left = Delivery.objects.exclude(occasion="").order_by("pk")
        assert list(left.values_list("recipient", "state")) == [
            (agent.pk, State.FAILED),  # nothing came after it: she was never reached
            (requester.pk, State.WAITING),
        ]
        assert Delivery.objects.filter(event__ticket=ticket).exists()

        send_sign_in_link(agent, by=admin)
        jobs.tidy()
        assert not Delivery.objects.exclude(occasion="").filter(state=State.FAILED).exists()


@pytest.mark.django_db
def test_old_mails_about_accounts_are_found_by_an_index():
    """Of a table that has a row for everything that anybody was ever told."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    rows = Delivery.objects.of_old_occasions(timezone.now()).order_by("tried_since")

    plan = rows.values_list("pk", flat=True)[: tidy.PORTION].explain()

    assert "occasion_tried" in plan
    assert "occasion_of" in plan  # what came after one that was given up


def test_old_keys_and_drafts_go_and_young_ones_stay(ticket, requester, last):
    for days in (1, 3):
        row = IdempotencyKey.objects.create(actor=requester, key=f"k{days}", fingerprint="f", event=last())  # fmt: skip
        IdempotencyKey.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(days=days))  # fmt: skip
    for days in (29, 31):
        row = Draft.objects.create(user=requester, form=f"f{days}")
        Draft.objects.filter(pk=row.pk).update(saved_at=timezone.now() - timedelta(days=days))

    jobs.tidy()

    assert [row.key for row in IdempotencyKey.objects.all()] == ["k1"]
    assert [row.form for row in Draft.objects.all()] == ["f29"]


def test_ended_sessions_go(db):
    for key, hours in (("ended", -1), ("open", 1)):
        expire = timezone.now() + timedelta(hours=hours)
        Session.objects.create(session_key=key, session_data="", expire_date=expire)

    jobs.tidy()

    assert [row.session_key for row in Session.objects.all()] == ["open"]


def test_rows_go_in_portions(db, requester, monkeypatch):
    monkeypatch.setattr(tidy, "PORTION", 2)
    for number in range(5):
        Draft.objects.create(user=requester, form=f"f{number}")

    assert tidy.remove(Draft.objects.all()) == 5


@pytest.mark.parametrize("planned", SCHEDULES, ids=lambda planned: planned.name)
def test_every_planned_job_exists(planned):
    assert callable(import_string(planned.job))


def test_schedules_are_what_the_list_says(db):
    Schedule.objects.create(name="typed in", func="x.y", schedule_type=Schedule.HOURLY)

    call_command("sync_schedules", verbosity=0)
    before = list(Schedule.objects.order_by("pk").values())
    call_command("sync_schedules", verbosity=0)

    assert {row["name"] for row in before} == {planned.name for planned in SCHEDULES}
    assert list(Schedule.objects.order_by("pk").values()) == before
