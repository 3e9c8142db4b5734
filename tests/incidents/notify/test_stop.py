"""“No more of this by mail”: by one click of a mail program, or on a page, without signing in."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail, signing
from django.test import Client
from django.utils import timezone

from incidents.notify import jobs, stopping
from incidents.notify.actions import choose
from incidents.notify.models import Channel, Choice, Delivery, State, Topic
from incidents.tickets import actions


@pytest.fixture
def letter(ticket, requester, agent):
    """A reply in the requester's mail."""
    jobs.send_due()
    actions.reply(ticket, "Try Automatic.", by=agent)
    jobs.send_due()
    return mail.outbox[-1]


@pytest.fixture
def path(letter, settings):
    return re.fullmatch(r"<(.+)>", letter.extra_headers["List-Unsubscribe"])[1].removeprefix(settings.SITE_URL)  # fmt: skip


def test_every_mail_says_how_to_stop_it(letter, path):
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert path in letter.body
    assert path in letter.alternatives[0].content


def test_a_mail_program_stops_it_with_one_click(path, requester, ticket, agent, heard, last):
    browser = Client(enforce_csrf_checks=True)

    answer = browser.post(path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")  # fmt: skip

    assert answer.status_code == 200
    actions.reply(ticket, "And?", by=agent)
    assert heard(last()) == {("Robin", "bell")}
    assert browser.post(path).status_code == 200  # twice is as once
    assert Choice.objects.get().is_wanted is False


def test_one_click_in_the_mail_of_the_morning_stops_all_that_it_tells(ticket, requester, agent, client, settings):  # fmt: skip
    jobs.send_due()
    for topic in (Topic.REPLIES, Topic.PROGRESS):
        choose(by=requester, topic=topic, channel=Channel.MAIL, wanted=True, daily=True)
    actions.reply(ticket, "Try Automatic.", by=agent)
    actions.resolve(ticket, "Restarted it.", code="fixed", by=agent)
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        jobs.send_due()
    morning = mail.outbox[-1]
    assert morning.subject.startswith("This morning")
    assert morning.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    url = morning.extra_headers["List-Unsubscribe"].strip("<>")
    assert url in morning.body
    assert client.post(url.removeprefix(settings.SITE_URL)).status_code == 200

    stopped = Choice.objects.filter(user=requester, channel="mail", is_wanted=False)
    assert set(stopped.values_list("topic", flat=True)) == {"replies", "progress"}


def test_what_already_waits_is_not_sent_either(path, client, requester, ticket, agent):
    actions.reply(ticket, "And?", by=agent)
    client.post(path)
    del mail.outbox[:]

    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        jobs.send_due()

    row = Delivery.objects.filter(recipient=requester, channel="mail").latest("pk")
    assert mail.outbox == []
    assert (row.state, row.last_error) == (State.DROPPED, "the recipient does not want to hear of this any more")  # fmt: skip


def test_what_was_wished_for_once_and_is_no_more_is_not_sent(ticket, agent, requester, make_ticket):
    choose(by=agent, topic=Topic.TEAM, channel=Channel.MAIL, wanted=True)
    make_ticket()
    choose(by=agent, topic=Topic.TEAM, channel=Channel.MAIL, wanted=False)
    assert not Choice.objects.exists()  # as the rules have it

    jobs.send_due()

    assert Delivery.objects.get(recipient=agent, channel="mail").state == State.DROPPED


def test_what_is_stopped_already_is_said_with_where_to_change_it(client, path):
    assert "Stop this mail" in client.get(path).text
    client.post(path)

    page = client.get(path).text
    assert "This mail is stopped already" in page
    assert "Stop this mail" not in page
    assert "/notifications/" in page


def test_what_was_wished_for_again_can_be_stopped_again(client, path, requester):
    client.post(path)
    choose(by=requester, topic=Topic.REPLIES, channel=Channel.MAIL, wanted=True)

    assert "Stop this mail" in client.get(path).text


def test_looking_at_it_stops_nothing(client, path, requester, ticket):
    for method in (client.get, client.head, client.options):
        method(path)

    assert not Choice.objects.exists()
    page = client.get(path).text
    assert "Somebody replies" in page
    assert requester.display_name not in page
    assert requester.email not in page
    assert ticket.title not in page


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "x", lambda t: "a" + t, lambda _t: "x", lambda _t: "a:b:c"])  # fmt: skip
def test_a_link_that_was_touched_is_none(client, path, change):
    token = path.split("/")[-2]

    for method in (client.get, client.post):
        assert method(path.replace(token, change(token))).status_code == 404
    assert not Choice.objects.exists()


def test_a_link_for_another_purpose_is_none(client, requester):
    token = signing.dumps([requester.pk, "replies"], salt="rating")

    assert client.post(f"/notifications/stop/{token}/").status_code == 404


@pytest.mark.parametrize("said", [[], ["x"], [1], [1, "evil"], {"a": 1}, "text", None])
def test_what_is_signed_but_makes_no_sense_is_none(client, db, said):
    token = signing.dumps(said, salt=stopping.SALT)

    assert client.post(f"/notifications/stop/{token}/").status_code == 404


def test_a_link_of_more_than_a_year_is_none(client, path):
    with time_machine.travel(timezone.now() + timedelta(days=367)):
        assert client.post(path).status_code == 404


def test_somebody_who_left_has_no_links(client, path, requester):
    requester.is_active = False
    requester.save()

    assert client.get(path).status_code == 404


def test_whoever_no_longer_hears_of_it_at_all_is_not_refused(client, agent):
    from accounts.models import Grant

    token = signing.dumps([agent.pk, "team"], salt=stopping.SALT)
    Grant.objects.filter(user=agent).delete()

    assert client.post(f"/notifications/stop/{token}/").status_code == 200
    assert not Choice.objects.exists()


def test_whom_we_only_know_by_mail_is_offered_no_end_of_it(ticket, requester, agent):
    requester.is_contact = True
    requester.save()
    actions.reply(ticket, "Try Automatic.", by=agent)
    jobs.send_due()

    sent = mail.outbox[-1]
    assert sent.to[0].endswith(f"<{requester.email}>")
    assert not {"List-Unsubscribe", "List-Unsubscribe-Post"} & sent.extra_headers.keys()
    assert "/notifications/stop/" not in sent.body + sent.alternatives[0].content


@pytest.mark.parametrize("topic", ["replies", "progress", "receipt"])
def test_and_a_link_made_before_asks_them_to_answer(client, requester, topic):
    token = signing.dumps([requester.pk, "reading", topic], salt=stopping.SALT)
    requester.is_contact = True
    requester.save()
    path = f"/notifications/stop/{token}/"

    looked, clicked = client.get(path), client.post(path)

    assert (looked.status_code, clicked.status_code) == (200, 409)
    for page in (looked.text, clicked.text):
        assert "Please answer the mail" in page
        assert "<form" not in page
        assert "Choose what you hear" not in page
    assert not Choice.objects.exists()
