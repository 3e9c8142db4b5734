"""Is it well? Asked by balancers, by monitoring and by the operator."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone
from django_q.models import Schedule

from incidents.health import backlog, examination
from incidents.notify.models import Delivery, State


def doctor():
    """What the doctor says, and whether something is wrong."""
    said = StringIO()
    try:
        call_command("doctor", stdout=said)
    except CommandError:
        return said.getvalue(), True
    return said.getvalue(), False


@pytest.fixture
def schedules(db):
    call_command("sync_schedules", stdout=StringIO())


def test_the_doctor_finds_nothing_wrong_on_a_new_installation(schedules, settings):
    settings.DEBUG = False
    said, wrong = doctor()

    assert "WRONG" not in said.replace("WRONG   settings", "")
    for about in ("database", "migrations", "worker", "outbox", "mail", "disk", "files"):
        assert f" {about}: " in said
    assert "ok      migrations: all applied" in said
    assert "no mail server is set" in said
    assert wrong == ("WRONG   settings" in said)


def test_the_doctor_sees_that_nothing_is_scheduled(db):
    said, wrong = doctor()

    assert wrong
    assert "WRONG   worker: no job is scheduled. Run: manage.py sync_schedules" in said


def test_the_doctor_sees_that_no_worker_runs(schedules):
    Schedule.objects.update(next_run=timezone.now() - timedelta(hours=2))
    said, wrong = doctor()

    assert wrong
    assert "WRONG   worker: a job is 120 minutes late. Start: manage.py qcluster" in said


def test_the_doctor_sees_mail_that_waits_and_mail_that_was_given_up(schedules, ticket):
    mail = Delivery.objects.mails().first()
    Delivery.objects.filter(pk=mail.pk).update(due_at=timezone.now() - timedelta(minutes=42))
    assert "the first for 42 minutes" in doctor()[0]

    Delivery.objects.mails().update(state=State.FAILED, due_at=timezone.now())
    assert "WARNING outbox: mails given up in the last day: 1" in doctor()[0]


def test_the_doctor_sees_a_mail_server_that_does_not_answer(schedules, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    said, wrong = doctor()

    assert wrong
    assert "WRONG   mail: 127.0.0.1 does not take mail" in said


def test_the_doctor_sees_a_full_disk_and_a_key_that_others_can_read(
    tmp_path, settings, monkeypatch
):
    settings.DATA = tmp_path
    (tmp_path / "secret_key").write_text("key")
    (tmp_path / "secret_key").chmod(0o644)
    monkeypatch.setattr(examination, "LEAST_ROOM", 1 << 60)

    assert examination.room_on_disk().state == "wrong"
    assert examination.key_is_private().state == "wrong"


def test_ready_tells_how_old_the_queue_is(client, schedules):
    Schedule.objects.update(next_run=timezone.now() - timedelta(seconds=90))

    told = client.get("/readyz")

    assert told.status_code == 200
    assert told.content.decode().splitlines()[0] == "ok"
    assert 90 <= int(told.content.decode().split()[-1]) < 120


def test_not_ready_while_the_database_is_away(client, db, monkeypatch):
    def away(_now):
        raise OperationalError("gone")

    monkeypatch.setattr(backlog.Backlog, "at", away)

    assert client.get("/readyz").status_code == 503


def test_metrics_are_for_who_brings_the_token(client, ticket, settings):
    assert client.get("/metrics").status_code == 404

    settings.METRICS_TOKEN = "a long random word"
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 404

    told = client.get("/metrics", headers={"Authorization": "Bearer a long random word"})
    assert told.status_code == 200
    assert 'firebreak_open_tickets{status="new"} 1.0' in told.content.decode()
    assert "firebreak_mail_waiting 1.0" in told.content.decode()


def test_the_backlog_is_read_in_few_queries(db, django_assert_num_queries):
    with django_assert_num_queries(5):
        backlog.Backlog.at(timezone.now())


def test_the_doctor_names_webhooks_that_fail(db, settings):
    from incidents.health.examination import webhooks_arrive
    from incidents.webhooks.models import Endpoint

    assert webhooks_arrive().state == "ok"
    Endpoint.objects.create(name="Monitoring", url="https://example.com/", kinds=["filed"], failing_since=timezone.now())  # fmt: skip
    assert "1 fail" in webhooks_arrive().words
    settings.OUTGOING = False
    assert webhooks_arrive().state == "warning"
