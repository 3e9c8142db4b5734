"""From an event to the machine that hears of it, over real connections (fault row F24)."""

import json
import threading
import time
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ

from accounts.models import AdminChange, Grant
from incidents.notify import jobs as mails
from incidents.notify.models import Delivery
from incidents.tickets import actions
from incidents.tickets.models import Event, Link, Ticket
from incidents.webhooks import jobs, listening, notices, outbox, payload, worker
from incidents.webhooks.models import Attempt, Endpoint, Post, State
from tests import sinks
from tests.conftest import make_person
from tests.incidents.webhooks.test_signing import verified


def told(received):
    return json.loads(received.body)


def test_a_machine_hears_of_a_new_ticket(endpoint, sink, make_ticket, run):
    ticket = make_ticket()
    assert run() == 1

    (received,) = sink.received
    assert received.method == "POST"
    assert received.headers["content-type"] == "application/json"
    assert verified(endpoint.secret, received, now=int(time.time()))
    said = told(received)
    assert said["type"] == "ticket.filed"
    assert said["data"]["ticket"]["reference"] == ticket.ref
    assert said["data"]["change"]["status"] == {"from": None, "to": "new"}
    assert datetime.fromisoformat(said["timestamp"]) == ticket.events.first().occurred_at.replace(
        microsecond=ticket.events.first().occurred_at.microsecond // 1000 * 1000
    )
    post = Post.objects.get()
    assert (post.state, post.attempts) == (State.DELIVERED, 1)
    attempt = post.tries.get()
    assert (attempt.status, attempt.answer) == (200, "ok")


def test_thin_messages_hold_no_word_of_anybody(endpoint, sink, make_ticket, run, agent):
    make_ticket(title="Dentist on Thursday", description="My tooth hurts.")
    run()
    body = sink.received[0].body.decode()
    for word in ("Dentist", "tooth", "@example.com", Ticket.objects.get().requester.display_name):
        assert word not in body


def test_with_words_there_are_title_message_and_name(
    make_endpoint, sink, make_ticket, run, requester
):
    make_endpoint(sink.url, is_full=True)
    make_ticket(title="Dentist", description="My **tooth** hurts.")
    run()
    data = told(sink.received[0])["data"]
    assert data["ticket"]["title"] == "Dentist"
    assert data["message"]["text"] == "My **tooth** hurts."
    assert data["actor"] == {"id": requester.pk, "name": requester.display_name}


@pytest.fixture
def hears(make_endpoint, sink, run):
    """What a webhook of this kind is told of what is done."""

    def do(act, *, internal=True, full=False):
        every = [kind.value for kind in listening.Kind]
        made = make_endpoint(sink.url, "One", every, is_internal=internal, is_full=full)
        act()
        run()
        found = {told(one)["type"]: told(one)["data"] for one in sink.received}
        sink.received.clear()
        made.delete()
        listening.renew()
        return found

    return do


def test_ids_come_with_an_address_that_the_api_takes(hears, ticket, other_category, category, agent):  # fmt: skip
    def act():
        actions.categorise(ticket, category=other_category, by=agent)

    data = hears(act)["ticket.categorised"]

    assert data["change"]["category"] == {"from": category.pk, "to": other_category.pk}
    assert data["names"]["category"] == {
        str(one.pk): {"slug": one.slug} for one in (category, other_category)
    }


def test_with_words_names_too(hears, ticket, agent):
    data = hears(lambda: actions.assign(ticket, to=agent, by=agent), full=True)["ticket.assigned"]

    assert data["names"]["person"] == {str(agent.pk): {"name": agent.display_name}}


def test_a_confidential_category_and_a_private_team_are_not_named(
    hears, ticket, other_category, category, agent
):
    def act():
        actions.categorise(ticket, category=other_category, by=agent)
        type(category).objects.filter(pk=category.pk).update(is_confined=True)

    data = hears(act, full=True)["ticket.categorised"]

    assert list(data["names"]["category"]) == [str(other_category.pk)]


def test_what_was_tagged_titled_and_linked_is_said(hears, ticket, make_ticket, agent, requester):
    other = make_ticket("Another")

    def act():
        actions.tag(ticket, add=["hooky"], by=agent)
        actions.retitle(ticket, "Dentist", by=agent)
        actions.link(ticket, to=other, kind=Link.Kind.RELATED, by=agent)
        actions.escalate(ticket, told=[agent.pk], by=agent, reason="Nobody is there.")

    thin = hears(act)
    assert thin["ticket.tagged"]["change"]["tags"] == {"added": ["hooky"], "removed": []}
    assert "title" not in thin["ticket.retitled"]["change"]
    assert thin["ticket.linked"]["change"]["other"]["reference"] in {ticket.ref, other.ref}
    assert thin["ticket.escalated"]["change"]["escalation"]["told"] == [agent.pk]
    assert "Nobody" not in json.dumps(thin)
    full = hears(lambda: actions.retitle(ticket, "Tooth", by=agent), full=True)
    assert full["ticket.retitled"]["change"]["title"] == {"from": "Dentist", "to": "Tooth"}


def test_who_was_added_is_said(hears, ticket, agent, other_requester):  # fmt: skip
    added = hears(lambda: actions.follow(ticket, who=other_requester, by=agent), internal=False)
    assert added["ticket.followed"]["change"]["person"] == {"id": other_requester.pk}


def test_a_later_try_tells_the_same_event_of_a_ticket_that_went_on(
    make_endpoint, sink, ticket, agent, category, other_category
):
    made = make_endpoint(sink.url, kinds=["categorised"], is_internal=True, is_full=True)
    actions.categorise(ticket, category=other_category, by=agent)
    post = Post.objects.select_related("event__ticket__category", "event__actor").get()
    first = payload.payload(post, made)
    actions.retitle(ticket, "Later", by=agent)
    type(category).objects.filter(pk=category.pk).update(name="Renamed", slug="renamed")
    post = Post.objects.select_related("event__ticket__category", "event__actor").get()
    again = payload.payload(post, made)

    same = ("event", "actor", "change")
    assert [first["data"][one] for one in same] == [again["data"][one] for one in same]
    assert (first["type"], first["timestamp"]) == (again["type"], again["timestamp"])
    assert again["data"]["ticket"]["title"] == "Later"


def test_internal_notes_are_for_those_alone_who_hear_internal_events(
    make_endpoint, sink, ticket, agent, run
):
    every = [kind.value for kind in listening.Kind]
    make_endpoint(sink.url, "Everybody", every, is_full=True)
    actions.note(ticket, "The caller was rude, token swordfish.", by=agent)
    actions.assign(ticket, to=agent, by=agent)
    run()
    assert {told(one)["type"] for one in sink.received} == {
        "ticket.assigned",
        "ticket.status_changed",
    }
    assert b"swordfish" not in b"".join(one.body for one in sink.received)
    assert all("assignee" not in told(one)["data"]["change"] for one in sink.received)

    sink.received.clear()
    make_endpoint(sink.url, "Desk", every, is_full=True, is_internal=True)
    actions.note(ticket, "Token 4712.", by=agent)
    run()
    (received,) = sink.received
    assert told(received)["data"]["message"]["text"] == "Token 4712."
    assert told(received)["data"]["event"]["is_public"] is False


def test_a_private_team_is_heard_of_only_where_it_is_named(
    make_endpoint, sink, make_ticket, private_team, manager, run
):
    everything, named = (
        make_endpoint(sink.url),
        make_endpoint(sink.url, "Security", team=private_team),
    )
    ticket = make_ticket()
    Post.objects.all().delete()
    Ticket.objects.filter(pk=ticket.pk).update(team=private_team)
    ticket.refresh_from_db()
    outbox.enqueue(ticket.events.get(number=1))
    assert [post.endpoint for post in Post.objects.all()] == [named]
    assert everything


def test_what_moved_to_a_private_team_meanwhile_is_not_sent(
    endpoint, sink, make_ticket, private_team, run
):
    ticket = make_ticket()
    Ticket.objects.filter(pk=ticket.pk).update(team=private_team)
    run()
    assert sink.connections == 0
    assert Post.objects.get().state == State.DROPPED


def test_a_category_covers_those_below_it(
    make_endpoint, sink, make_ticket, category, other_category
):
    make_endpoint(sink.url, category=category)
    make_ticket()
    make_ticket(category=other_category)
    assert Post.objects.count() == 1


def test_each_is_told_of_the_events_that_were_chosen_for_it(make_endpoint, sink, ticket, agent, run):  # fmt: skip
    make_endpoint(f"{sink.url}/replies", name="Replies", kinds=("replied",))
    make_endpoint(f"{sink.url}/both", name="Both", kinds=("replied", "assigned"))
    actions.assign(ticket, to=agent, by=agent)
    actions.reply(ticket, "Try Automatic.", by=agent)
    run()

    heard = {(one.path.rpartition("/")[2], told(one)["type"]) for one in sink.received}
    assert {name for name, kind in heard if kind == "ticket.assigned"} == {"both"}
    assert {name for name, kind in heard if kind == "ticket.replied"} == {"replies", "both"}
    assert len(sink.received) == 3


def test_history_that_is_imported_is_no_news(endpoint, make_ticket):
    make_ticket(at=timezone.now() - timedelta(days=3))
    assert not Post.objects.exists()


def test_one_row_for_each_event_and_endpoint_in_the_events_transaction(endpoint, make_ticket):
    with transaction.atomic():
        make_ticket()
        assert Post.objects.count() == 1
        transaction.set_rollback(True)
    assert not Post.objects.exists()


def test_where_nobody_hears_events_cost_nothing_more(ticket, agent, endpoint, sink):
    rules = listening.rulebook.asked_once

    def cost() -> int:
        event = Event.objects.select_related("ticket__team", "ticket__category").get(
            ticket=ticket, number=1
        )
        with rules():
            listening.rulebook.current()
            listening.listeners()
            with CaptureQueriesContext(connection) as seen, transaction.atomic():
                outbox.enqueue(event)
        Post.objects.all().delete()
        return sum("SAVEPOINT" not in query["sql"] for query in seen)

    assert cost() == 1
    Endpoint.objects.all().delete()
    listening.renew()
    assert cost() == 0


@pytest.mark.django_db(transaction=True)
def test_one_nudge_a_transaction(endpoint, make_ticket, agent):
    OrmQ.objects.all().delete()
    with transaction.atomic():
        ticket = make_ticket()
        actions.assign(ticket, to=agent, by=agent)
    nudges = [one for one in OrmQ.objects.all() if one.func() == "incidents.webhooks.jobs.send_due"]
    assert len(nudges) == 1


# What goes wrong ------------------------------------------------------------------------------------------------


def pass_time(post: Post, to: timedelta) -> None:
    """The message and its endpoint as they will be then."""
    Post.objects.filter(pk=post.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    Endpoint.objects.filter(pk=post.endpoint_id).update(rests_until=None)


def test_a_failure_is_tried_again_under_the_same_id_with_a_new_time(
    endpoint, sink, make_ticket, run
):
    sink.behave = sinks.answer(500, b"<b>broken</b>")
    make_ticket()
    run()
    post = Post.objects.get()
    assert (post.state, post.attempts) == (State.WAITING, 1)
    assert post.due_at > timezone.now() + timedelta(seconds=2)
    assert post.tries.get().answer == "<b>broken</b>"

    sink.behave = sinks.answer(204, b"")
    pass_time(post, timedelta(0))
    run()
    first, second = sink.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == post.uid
    assert first.body == second.body
    assert Post.objects.get().state == State.DELIVERED
    assert Endpoint.objects.get().failures == 0


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 429, 500, 503])
def test_every_other_answer_than_yes_is_a_failure(endpoint, sink, make_ticket, run, status):
    with sinks.sink() as other:
        sink.behave = sinks.answer(status, b"", Location=other.url)
        make_ticket()
        run()
        assert other.connections == 0
    assert Post.objects.get().state == State.WAITING
    assert Attempt.objects.get().status == status


def test_a_busy_target_is_left_alone_as_long_as_it_says(endpoint, sink, make_ticket, run):
    sink.behave = sinks.answer(429, b"", Retry_After="900")
    make_ticket()
    run()
    assert Post.objects.get().due_at > timezone.now() + timedelta(minutes=14)
    assert Endpoint.objects.get().rests_until > timezone.now() + timedelta(minutes=14)


def test_after_three_failures_the_target_rests_and_one_tries_again(
    endpoint, sink, make_ticket, run
):
    sink.behave = sinks.answer(500)
    for _number in range(5):
        make_ticket()
    run()
    assert sink.connections == 3  # the other two wait, unharmed
    endpoint.refresh_from_db()
    assert endpoint.failures == 3
    assert endpoint.rests_until > timezone.now()
    assert Post.objects.filter(state=State.WAITING, attempts=0).count() == 2

    Endpoint.objects.update(rests_until=None)
    run()
    assert sink.connections == 4  # one try, and it rests again, longer

    sink.behave = sinks.answer(200)
    Endpoint.objects.update(rests_until=None)
    Post.objects.update(due_at=timezone.now())
    run()
    assert set(Post.objects.values_list("state", flat=True)) == {State.DELIVERED}


def test_what_waited_while_nothing_went_out_is_not_given_up_at_its_first_failure(
    endpoint, sink, make_ticket, run
):
    sink.behave = sinks.answer(500)
    make_ticket()
    Post.objects.update(since=timezone.now() - timedelta(days=7))

    run()

    assert Post.objects.get().state == State.WAITING


def test_pauses_grow_and_differ():
    assert worker.pause(1) < timedelta(seconds=7)
    assert timedelta(hours=3) < worker.pause(20) < timedelta(hours=5)
    assert len({worker.pause(4) for _ in range(20)}) > 10
    assert worker.rest(3) < timedelta(seconds=40)
    assert timedelta(minutes=20) < worker.rest(50) < timedelta(minutes=40)


def test_after_three_days_it_is_switched_off_and_administrators_are_told(
    endpoint, sink, make_ticket, run, admin, agent
):
    sink.behave = sinks.answer(500)
    made = make_ticket()
    run()
    with time_machine.travel(timezone.now() + timedelta(days=2, hours=23), tick=True):
        make_ticket()
        Endpoint.objects.update(rests_until=None)
        Post.objects.update(due_at=timezone.now())
        run()
        assert Endpoint.objects.get().is_active
    with time_machine.travel(timezone.now() + timedelta(days=3, minutes=1), tick=True):
        Endpoint.objects.update(rests_until=None)
        Post.objects.update(due_at=timezone.now())
        run()
        endpoint.refresh_from_db()
        assert not endpoint.is_active
        assert endpoint.disabled_at
        assert set(Post.objects.values_list("state", flat=True)) == {State.FAILED}
        mail.outbox.clear()
        jobs.sweep()
        jobs.sweep()
        mails.send_due()
    make_ticket()
    (letter,) = (one for one in mail.outbox if "Webhook" in one.subject)
    assert letter.to == [admin.email]
    assert "Monitoring" in letter.subject
    assert f"/admin/webhooks/endpoint/{endpoint.pk}/change/" in letter.body
    assert Post.objects.filter(event__ticket=made).count() == 1
    change = AdminChange.objects.get(kind="webhooks.endpoint")
    assert change.before["is_active"] is True
    assert change.after["is_active"] is False


def given_up():
    Endpoint.objects.update(is_active=False, disabled_at=timezone.now(), told_at=None)


def test_administrators_are_told_once_by_the_outbox(endpoint, make_person_of_channels):
    given_up()

    assert (notices.tell(), notices.tell()) == (1, 0)
    mails.send_due()

    told = Delivery.objects.filter(occasion="webhook_off").order_by("recipient")
    assert [one.recipient for one in told] == make_person_of_channels
    assert sorted(one.to[0] for one in mail.outbox) == sorted(
        p.email for p in make_person_of_channels
    )
    assert "was switched off" in mail.outbox[0].subject


@pytest.fixture
def make_person_of_channels(db):
    Grant.objects.filter(role__slug="administrator").delete()
    return [make_person(name, "administrator") for name in ("Alex Heron", "Kit Bramble")]


def test_what_is_on_again_is_told_to_nobody(endpoint, admin):
    given_up()
    notices.tell()
    Endpoint.objects.update(is_active=True, disabled_at=None)

    mails.send_due()

    assert mail.outbox == []
    assert set(Delivery.objects.values_list("state", flat=True)) == {"dropped"}


def test_nobody_is_told_while_nothing_leaves(endpoint, admin, settings):
    settings.OUTGOING = False
    given_up()

    assert notices.tell() == 0

    assert Endpoint.objects.get().told_at is None
    assert not Delivery.objects.exists()


def test_a_target_that_is_gone_is_switched_off_at_once(endpoint, sink, make_ticket, run):
    sink.behave = sinks.answer(410)
    make_ticket()
    run()
    endpoint.refresh_from_db()
    assert not endpoint.is_active


def test_a_target_with_a_wrong_certificate_gets_nothing(
    make_endpoint, settings, tmp_path, make_ticket, run
):
    with sinks.sink(sinks.certificate(tmp_path)) as lying:
        settings.OUTBOUND_ALLOWED = [f"127.0.0.1:{lying.port}"]
        make_endpoint(f"https://127.0.0.1:{lying.port}/")
        make_ticket()
        run()
        assert lying.received == []
    assert "certificate" in Attempt.objects.get().error


def test_an_address_that_became_forbidden_gets_nothing(endpoint, sink, settings, make_ticket, run):
    make_ticket()
    settings.OUTBOUND_ALLOWED = []
    run()
    assert sink.connections == 0
    assert "OUTBOUND_ALLOWED" in Post.objects.get().last_error


def test_a_long_answer_is_kept_in_part(endpoint, sink, make_ticket, run):
    sink.behave = sinks.answer(200, b"\x00\xff" + b"x" * 100_000)
    make_ticket()
    run()
    answer = Attempt.objects.get().answer
    assert len(answer) == 1000
    assert "\x00" not in answer


def test_nothing_leaves_a_restored_copy(endpoint, sink, settings, make_ticket, run):
    settings.OUTGOING = False
    make_ticket()
    assert run() == 0
    assert sink.connections == 0
    assert Post.objects.get().state == State.WAITING


def test_time_in_which_nothing_may_leave_is_no_failure(endpoint, sink, settings, make_ticket, run):
    sink.behave = sinks.answer(500)
    make_ticket()
    run()
    assert Endpoint.objects.get().failing_since

    settings.OUTGOING = False
    with time_machine.travel(timezone.now() + timedelta(days=5), tick=True):
        jobs.sweep()
        assert Post.objects.get().state == State.WAITING
        settings.OUTGOING = True
        Post.objects.update(due_at=timezone.now())
        run()
        endpoint.refresh_from_db()
        assert (endpoint.is_active, endpoint.failures) == (True, 1)
        assert Post.objects.get().state == State.WAITING
        sink.behave = sinks.answer(200)
        Post.objects.update(due_at=timezone.now())
        run()
    assert Post.objects.get().state == State.DELIVERED
    assert sink.connections == 3


def test_what_a_lost_loop_was_sending_begins_afresh_as_well(endpoint, settings, make_ticket):
    make_ticket()
    long_ago = timezone.now() - timedelta(days=5)
    Post.objects.update(state=State.SENDING, attempts=4, since=long_ago, leased_until=long_ago)
    settings.OUTGOING = False

    worker.free_lapsed()

    post = Post.objects.get()
    assert (post.state, post.attempts, post.leased_until) == (State.WAITING, 0, None)


def test_what_waited_while_nothing_might_leave_is_not_given_up_at_the_first_rest(
    endpoint, settings, make_ticket
):
    make_ticket()
    settings.OUTGOING = False
    with time_machine.travel(timezone.now() + timedelta(days=5)):
        worker.free_lapsed()
        settings.OUTGOING = True
        Endpoint.objects.update(rests_until=timezone.now() + timedelta(minutes=5))

        worker.free_lapsed()

        assert Post.objects.get().state == State.WAITING


def test_ten_dead_targets_do_not_keep_an_eleventh_waiting(
    make_endpoint, settings, make_ticket, run, monkeypatch
):
    monkeypatch.setattr(worker, "TIMEOUT", 3.0)
    with sinks.sink() as dead, sinks.sink() as alive:
        settings.OUTBOUND_ALLOWED = [f"127.0.0.1:{dead.port}", f"127.0.0.1:{alive.port}"]
        dead.behave = dead.hang
        for number in range(10):
            make_endpoint(dead.url, f"Dead {number}")
        make_endpoint(alive.url, "Alive")
        make_ticket().get_absolute_url()  # a worker has its addresses at hand
        began, arrived = time.monotonic(), []

        def watch():
            alive.wait_for(1)
            arrived.append(time.monotonic() - began)

        watching = threading.Thread(target=watch)
        watching.start()
        run(0.1)
        watching.join()
        assert arrived[0] < 5  # one after the other it would be thirty
        assert dead.connections == 10
        dead.release.set()


def test_a_message_whose_worker_was_lost_is_sent_again(endpoint, sink, make_ticket, run):
    make_ticket()
    post = Post.objects.get()
    assert worker.take(post, timezone.now())
    assert run() == 0
    with time_machine.travel(timezone.now() + worker.LEASE + timedelta(seconds=1)):
        worker.free_lapsed()
    Post.objects.update(due_at=timezone.now())
    run()
    assert sink.received[0].headers["webhook-id"] == post.uid


def test_one_loop_at_a_time(endpoint, sink, make_ticket):
    make_ticket()
    cache.set(worker.RUNNING, True, 60)
    assert worker.send_due() == 0
    assert sink.connections == 0


def test_the_log_goes_after_thirty_days(endpoint, sink, make_ticket, run):
    make_ticket()
    run()
    Post.objects.update(made_at=timezone.now() - timedelta(days=29))
    assert jobs.tidy() == 0
    Post.objects.update(made_at=timezone.now() - timedelta(days=31))
    jobs.tidy()
    assert not Attempt.objects.exists()


def test_every_kind_has_a_name():
    from incidents.tickets.kinds import Kind
    from incidents.webhooks.words import NAMES

    assert set(NAMES) == set(Kind)
