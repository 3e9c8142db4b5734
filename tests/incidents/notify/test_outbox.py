"""Into the outbox: with the event, once, in few queries."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ

from incidents.notify import outbox
from incidents.notify.models import Channel, Delivery
from incidents.tickets import actions
from tests.conftest import make_person


def queries_of(do) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        do()
    return len([q for q in seen if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "SELECT pg_notify"))])  # fmt: skip


def test_one_row_for_one_event_recipient_and_channel(ticket, requester, last):
    again = Delivery.of(last(), requester.pk, Channel.MAIL, at=timezone.now())

    with pytest.raises(IntegrityError), transaction.atomic():
        again.save()


def test_enqueuing_an_event_twice_is_refused_by_the_database(ticket, last):
    with pytest.raises(IntegrityError), transaction.atomic():
        outbox.enqueue(last())


def test_a_change_that_is_rolled_back_tells_nobody(make_ticket):
    with transaction.atomic():
        make_ticket()
        transaction.set_rollback(True)

    assert not Delivery.objects.exists()
    assert not OrmQ.objects.exists()


def test_mail_nudges_the_worker_once_an_event_and_a_bell_does_not(ticket, agent, lead):
    before = OrmQ.objects.count()
    actions.take(ticket, by=agent)
    actions.note(ticket, "Only a ring.", by=lead)
    assert OrmQ.objects.count() == before

    actions.reply(ticket, "With mail.", by=agent)
    assert OrmQ.objects.count() == before + 1


def test_what_is_written_down_late_is_history_and_told_nobody(make_ticket, agent):
    ticket = make_ticket(at=timezone.now() - timedelta(days=3))
    assert not Delivery.objects.exists()

    actions.reply(ticket, "Today.", by=agent)
    assert Delivery.objects.exists()


def test_enqueuing_costs_seven_queries_whatever_the_teams_size(make_ticket, team, agent, last):
    for number in range(20):
        make_person(f"Agent{number}", ("agent", team))
    ticket = make_ticket()
    event = ticket.events.get()
    Delivery.objects.all().delete()

    assert queries_of(lambda: outbox.enqueue(event)) <= 7
    assert Delivery.objects.count() == 22


def test_telling_followers_costs_seven_queries_too(ticket, agent, other_requester, last):
    actions.follow(ticket, who=other_requester, by=agent)
    actions.take(ticket, by=agent)
    actions.reply(ticket, "Hello.", by=agent)
    event = last()
    Delivery.objects.all().delete()

    assert queries_of(lambda: outbox.enqueue(event)) <= 7


def test_a_row_keeps_a_message_id_of_ours(ticket, requester, settings, last):
    row = Delivery.objects.get(recipient=requester, channel="mail")

    assert row.message_id.endswith(f"@{settings.SITE_HOST}>")
    assert (
        row.message_id == Delivery.of(last(), requester.pk, Channel.MAIL, at=row.due_at).message_id
    )
