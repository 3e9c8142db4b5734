"""Is it well? Asked by balancers, by monitoring and by the operator."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone
from django_q.models import Schedule

from incidents.health import backlog, examination
from incidents.notify.models import (
    Acknowledgement,
    Channel,
    ChatService,
    Delivery,
    Posting,
    State,
)
from incidents.webhooks.models import Endpoint, Post


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


A_WHILE = timedelta(minutes=42)


@pytest.fixture
def waiting(ticket, requester, team):
    """A row on every lane but the mail's, due for a while."""
    event, due = ticket.events.first(), timezone.now() - A_WHILE
    Delivery.objects.all().delete()
    for channel in (Channel.PUSH, Channel.CHAT):
        Delivery.of(event, requester.pk, channel, at=due).save()
    room = ChatService.objects.create(name="Room", address="json://127.0.0.1/x", team=team)
    Posting.objects.create(event=event, service=room, due_at=due)
    Acknowledgement.objects.create(address="eve@elsewhere.example", created_at=due, due_at=due)
    target = Endpoint.objects.create(name="Monitoring", url="https://example.com/", kinds=["filed"])
    Post.objects.create(endpoint=target, event=event, due_at=due)
    return [Delivery, Posting, Acknowledgement, Post]


def test_every_lane_is_counted_by_itself(schedules, waiting, client, settings):
    settings.METRICS_TOKEN = "a long random word"
    token = {"Authorization": "Bearer a long random word"}
    names = ("push", "chat", "rooms", "acknowledgements", "webhooks")

    told = client.get("/metrics", headers=token).text
    for name in names:
        assert f'firebreak_outbox_waiting{{lane="{name}"}} 1.0' in told
        assert f'firebreak_outbox_oldest_due_seconds{{lane="{name}"}} 25' in told
        assert f'firebreak_outbox_failed_day{{lane="{name}"}} 0.0' in told
    assert 'firebreak_outbox_waiting{lane="mail"} 0.0' in told
    assert int(client.get("/readyz").text.split()[-1]) >= A_WHILE.total_seconds()

    for model in waiting:
        model.objects.update(state="failed")
    told = client.get("/metrics", headers=token).text
    for name in names:
        assert f'firebreak_outbox_failed_day{{lane="{name}"}} 1.0' in told
        assert f'firebreak_outbox_waiting{{lane="{name}"}} 0.0' in told


def test_the_doctor_says_of_each_lane_what_to_do(schedules, waiting):
    said, wrong = doctor()

    assert wrong
    for about, where in (
        ("push: notices to devices", "PUSH_ALLOWED"),
        ("chat: messages to people", "Send a test"),
        ("team channels: messages to teams", "Send a test"),
        ("receipts: receipts to unknown addresses", "What was sent"),
        ("webhook messages: messages to machines", "See the log of the webhook"),
    ):
        (line,) = (one for one in said.splitlines() if f"WRONG   {about}" in one)
        assert "that wait: 1, the first for 42 minutes" in line
        assert where in line
    for model in waiting:
        model.objects.update(state="failed")
    assert doctor()[0].count("given up in the last day: 1") == 5


def test_a_target_that_rests_keeps_nothing_waiting(schedules, waiting):
    Endpoint.objects.update(rests_until=timezone.now() + timedelta(minutes=5))

    assert backlog.Backlog.at(timezone.now()).lanes["webhooks"].waiting == 0


def test_what_waits_because_nothing_may_leave_is_nobodys_fault(schedules, waiting, client, settings):  # fmt: skip
    settings.OUTGOING = False

    said, _wrong = doctor()

    assert "WARNING outbox: 5 wait: OUTGOING is off" in said
    assert "that wait:" not in said
    assert int(client.get("/readyz").text.split()[-1]) < 120


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
    with django_assert_num_queries(11):
        backlog.Backlog.at(timezone.now())


def test_the_doctor_names_webhooks_that_fail(db, settings):
    from incidents.health.examination import webhooks_arrive

    assert webhooks_arrive().state == "ok"
    Endpoint.objects.create(name="Monitoring", url="https://example.com/", kinds=["filed"], failing_since=timezone.now())  # fmt: skip
    assert "1 fail" in webhooks_arrive().words
    settings.OUTGOING = False
    assert webhooks_arrive().state == "warning"
