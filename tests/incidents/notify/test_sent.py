"""What was sent to whom, and why: for its recipient, for colleagues on the ticket, for whoever looks after channels."""

import json
import re
from datetime import time, timedelta
from html import unescape

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from accounts import letters, occasions
from accounts.actions import send_sign_in_link
from accounts.jobs import send_reset_letter
from accounts.models import User
from incidents.health.examination import everything_goes_out
from incidents.notify import articles, jobs, reasons
from incidents.notify.actions import acknowledge
from incidents.notify.models import Acknowledgement, Delivery, Habits, Posting, State
from incidents.notify.rules import RULES
from incidents.tickets import actions
from tests.incidents.notify.conftest import make_service
from tests.threads import together

OWN = "/notifications/sent/"
ALL = "/admin/deliveries/"


def of(ticket):
    return f"/desk/tickets/{ticket.ref}/sent/"


def test_every_reason_has_words():
    named = {hearing.who.__name__ for rule in RULES.values() for hearing in rule.heard_by}
    named |= {hearing.who.__name__ for rule in articles.RULES.values() for hearing in rule.heard_by}

    assert named == set(reasons.WORDS)


def test_ones_own_mail_is_listed_with_its_reason(client_of, ticket, requester, agent):
    actions.reply(ticket, "Yes.", by=agent)
    jobs.send_due()

    page = client_of(requester).get(OWN).text

    assert "Sasha Vole replied" in page
    assert "Own ticket, or followed" in page
    assert page.count("sent") >= 2


def test_nobody_sees_what_others_were_sent(client_of, ticket, other_requester):
    jobs.send_due()

    assert ticket.ref not in client_of(other_requester).get(OWN).text


def test_what_one_may_no_longer_see_is_gone_from_it(client_of, ticket, agent, other_requester):
    actions.follow(ticket, who=other_requester, by=agent)
    actions.reply(ticket, "Between us.", by=agent)
    actions.unfollow(ticket, who=other_requester, by=agent)

    assert ticket.ref not in client_of(other_requester).get(OWN).text


def test_a_colleague_sees_who_was_told_of_a_ticket(
    client_of, make_ticket, requester, agent, other_agent
):
    ticket = make_ticket()
    actions.note(ticket, "A note.", by=agent)
    page = client_of(agent).get(of(ticket))

    assert requester.display_name in page.text
    assert "nobody had it" in page.text
    assert client_of(other_agent).get(of(ticket)).status_code == 404
    assert client_of(requester).get(of(ticket)).status_code == 403
    assert of(ticket) in client_of(agent).get(ticket.desk_url).text


REFUSED = "ConnectionRefusedError: [Errno 111] Connection refused"


def test_while_the_server_is_away_nothing_left_two_minutes_ago(client_of, ticket, agent, requester, admin):  # fmt: skip
    mails = Delivery.objects.filter(channel="mail", recipient=requester)
    now = timezone.now()
    mails.update(due_at=now - timedelta(minutes=2))
    assert "leaves as soon as it can" in client_of(agent).get(of(ticket)).text

    mails.update(attempts=2, due_at=now - timedelta(minutes=2), last_error=REFUSED)
    page = client_of(agent).get(of(ticket)).text
    assert "tried 2 times" in page
    assert "leaves" not in page
    mails.update(due_at=now + timedelta(minutes=4))
    assert "again " in client_of(agent).get(of(ticket)).text


@pytest.mark.parametrize(
    ("noted", "words"),
    [
        (REFUSED, "refused the connection"),
        ("TimeoutError: timed out", "did not answer in time"),
        ("gaierror: [Errno -2] Name or service not known", "No server of this name"),
        ("SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] bad", "its certificate"),
        ("SMTPServerDisconnected: Connection unexpectedly closed", "broke off"),
        ("ValueError: Invalid address", "No mail can be made"),
        ("OSError: [Errno 113] No route to host", "can’t be reached"),
    ],
)
def test_failures_are_told_in_words_and_to_administrators_as_noted_too(client_of, ticket, agent, admin, requester, noted, words):  # fmt: skip
    rows = Delivery.objects.filter(channel="mail", recipient=requester)
    rows.update(attempts=1, last_error=noted)

    for page in (client_of(agent).get(of(ticket)).text, client_of(requester).get(OWN).text):
        assert words in page
        assert noted not in page
    shown = unescape(client_of(admin).get(ALL).text)
    assert words in shown
    assert noted in shown


@pytest.mark.parametrize("noted", ["550 5.1.1 no such user", "came back: 5.1.1 no such user"])
def test_the_answer_of_a_server_stays_as_it_is(client_of, ticket, agent, noted):
    Delivery.objects.filter(channel="mail").update(last_error=noted)

    page = client_of(agent).get(of(ticket)).text
    assert "5.1.1 no such user" in page
    assert ("It came back: 5.1.1" in page) == noted.startswith("came back")


def test_no_bell_rings_for_whom_we_know_by_mail_alone(ticket, requester, agent):
    requester.is_contact = True
    requester.save()

    event = actions.reply(ticket, "Yes.", by=agent)

    told = Delivery.objects.filter(event=event, recipient=requester)
    assert [row.channel for row in told] == ["mail"]


def test_doctor_tells_what_came_back_from_what_was_given_up(ticket):
    mails = Delivery.objects.filter(channel="mail")
    mails.update(state=State.FAILED, last_error="came back: 5.1.1", due_at=timezone.now())

    (words,) = [one.words for one in everything_goes_out() if one.about == "outbox"]
    assert "came back in the last day: 1" in words
    assert "given up" not in words


def test_an_administrator_sees_all_of_it_and_nothing_of_the_matter(client_of, ticket, requester, admin, agent):  # fmt: skip
    page = client_of(admin).get(ALL)

    assert requester.display_name in page.text
    assert ticket.ref in page.text
    assert ticket.title not in page.text
    assert client_of(agent).get(ALL).status_code == 403


@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("state=waiting", True), ("state=sent", False), ("channel=mail", True), ("channel=push", False),
        ("person=robin", True), ("person=nobody", False), ("state=evil", True), ("channel=bell%27", True),
        ("after=evil", True), ("state=waiting&channel=mail&person=Robin", True), ("channel=rooms", False),
    ],
)  # fmt: skip
def test_filters_find_and_wrong_ones_do_nothing(client_of, ticket, admin, query, is_there):
    page = client_of(admin).get(f"{ALL}?{query}")

    assert page.status_code == 200
    assert (ticket.ref in page.text) == is_there


def test_pages_follow_each_other(client_of, make_ticket, admin, monkeypatch):
    from incidents.notify.views import channels

    monkeypatch.setattr(channels, "ROWS", 2)
    refs = [make_ticket().ref for _n in range(3)]
    client = client_of(admin)

    first = client.get(ALL)
    second = client.get(ALL, {"after": first.context["next"]})

    assert [ref in first.text for ref in refs] == [False, True, True]
    assert [ref in second.text for ref in refs] == [True, False, False]


def test_what_failed_is_sent_again_as_the_same_mail(client_of, ticket, requester, admin, agent):
    row = Delivery.objects.get(channel="mail")
    Delivery.objects.filter(pk=row.pk).update(state=State.FAILED, attempts=3, last_error="550 no")
    client = client_of(admin)
    assert "550 no" in client.get(f"{ALL}?state=failed").text
    assert client_of(agent).post(f"{ALL}{row.pk}/retry/").status_code == 403

    answer = client.post(f"{ALL}{row.pk}/retry/", {"state": "failed"})
    jobs.send_due()

    assert answer["Location"].endswith("?state=failed")
    assert mail.outbox[0].extra_headers["Message-ID"] == row.message_id
    assert client.post(f"{ALL}{row.pk}/retry/").status_code == 409


def test_whoever_only_reads_the_audit_sends_nothing_again(client_of, ticket, auditor):
    row = Delivery.objects.get(channel="mail")
    Delivery.objects.update(state=State.FAILED)
    client = client_of(auditor)

    assert "Try again" not in client.get(ALL).text
    assert client.post(f"{ALL}{row.pk}/retry/").status_code == 403


def test_a_channel_of_a_team_is_listed_and_tried_again(client_of, make_ticket, admin, team):
    make_service(name="Room", address="json://127.0.0.1:1/x", team=team, topics=["team"], is_on=True)  # fmt: skip
    ticket = make_ticket()
    Posting.objects.update(state=State.FAILED, last_error="it failed")
    client = client_of(admin)
    assert ticket.ref in client.get(f"{ALL}?channel=rooms&state=failed").text

    client.post(f"{ALL}rooms/{Posting.objects.get().pk}/retry/")

    assert Posting.objects.get().state == State.WAITING


def test_lists_cost_the_same_however_long(client_of, make_ticket, agent, requester, django_assert_max_num_queries):  # fmt: skip
    ticket = make_ticket()
    for number in range(8):
        actions.reply(ticket, f"Answer {number}", by=agent)
    client = client_of(agent)
    client.get(of(ticket))

    with django_assert_max_num_queries(16):
        client.get(of(ticket))


# Mails about accounts and to strangers -------------------------------------------------------------------------


def test_a_new_password_is_in_the_list_without_its_link(client_of, requester, admin):
    send_reset_letter(requester.pk)
    jobs.send_due()
    link = re.search(r"/accounts/password/reset/\S+", mail.outbox[0].body).group()

    for person, address in ((admin, ALL), (requester, OWN)):
        page = client_of(person).get(address).text
        assert "Link to choose a new password" in page
        assert "Somebody asked for it with this address" in page
        assert link not in page
        assert "password/reset/key" not in page
    assert link not in json.dumps(list(Delivery.objects.values()), default=str)


def test_a_stranger_does_not_see_mails_of_an_account(client_of, requester, other_requester):
    send_reset_letter(requester.pk)

    assert "new password" not in client_of(other_requester).get(OWN).text


def test_an_invitation_that_fails_is_found_and_sent_again(client_of, requester, admin, smtp):
    smtp.says[requester.email] = ["550 no such user"]
    send_sign_in_link(requester, by=admin)
    jobs.send_due()
    row = Delivery.objects.get()
    client = client_of(admin)
    assert "550 no such user" in client.get(f"{ALL}?state=failed&person=robin").text

    client.post(f"{ALL}{row.pk}/retry/")
    jobs.send_due()

    assert smtp.ids() == [row.message_id]


def test_a_mail_of_an_account_waits_for_no_quiet_hours_and_joins_no_other(ticket, requester, admin, smtp):  # fmt: skip
    Habits.objects.create(user=requester, quiet_from=time(0), quiet_until=time(23, 59))
    send_reset_letter(requester.pk)
    send_sign_in_link(requester, by=admin)

    jobs.send_due()

    told = Delivery.objects.filter(recipient=requester).exclude(occasion="")
    assert sorted(smtp.ids()) == sorted(one.message_id for one in told)


def test_a_link_that_nobody_waits_for_is_not_sent(requester):
    send_reset_letter(requester.pk)
    with time_machine.travel(timezone.now() + timedelta(days=1, hours=1)):
        jobs.send_due()

    assert (mail.outbox, Delivery.objects.get().state) == ([], State.DROPPED)


def test_a_mail_of_an_account_outlives_time_in_which_nothing_may_leave(requester, admin, settings):
    """The link in it is made while it is sent, so it is as good as new."""
    settings.OUTGOING = False
    send_sign_in_link(requester, by=admin)
    with time_machine.travel(timezone.now() + timedelta(days=30)):
        jobs.sweep()
        settings.OUTGOING = True
        jobs.sweep()

    assert (len(mail.outbox), Delivery.objects.get().state) == (1, State.SENT)


def test_a_mail_of_an_account_that_can_not_be_sent_is_given_up_where_it_is_seen(requester, admin, smtp):  # fmt: skip
    smtp.says[requester.email] = ["451 later"] * 2
    send_sign_in_link(requester, by=admin)
    jobs.send_due()
    with time_machine.travel(timezone.now() + timedelta(days=4, minutes=1)):
        jobs.sweep()
        assert "mails given up in the last day: 1" in next(everything_goes_out()).words

    assert Delivery.objects.get().state == State.FAILED
    assert occasions.undelivered(letters.SIGN_IN_LINK, [requester.pk]) == {requester.pk}


def test_one_request_for_a_link_is_answered_once_however_often_its_job_runs(requester):
    send_reset_letter(requester.pk, "first")
    jobs.send_due()
    send_reset_letter(requester.pk, "first")
    jobs.send_due()
    assert len(mail.outbox) == 1

    send_reset_letter(requester.pk, "second")
    jobs.send_due()
    assert len(mail.outbox) == 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_owe_one_link(requester):
    together(4, lambda: send_reset_letter(requester.pk, "first"))

    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_contact": True}])
def test_who_may_no_longer_sign_in_gets_no_link(requester, change):
    send_reset_letter(requester.pk)
    User.objects.filter(pk=requester.pk).update(**change)

    jobs.send_due()

    assert (mail.outbox, Delivery.objects.get().state) == ([], State.DROPPED)


def test_receipts_to_strangers_are_listed_and_tried_again(client_of, admin, agent, auditor, smtp):
    smtp.says["eve@elsewhere.example"] = ["550 no such user"]
    acknowledge("eve@elsewhere.example")
    acknowledge("kim@elsewhere.example")
    jobs.send_due(Acknowledgement.LANE)
    client = client_of(admin)
    lane = f"{ALL}?channel=acknowledgements"
    failed = Acknowledgement.objects.get(state="failed")
    again = f"{ALL}receipts/{failed.pk}/retry/"

    assert "kim@elsewhere.example" in client.get(lane).text
    assert "nobody is known by this address" in client.get(lane).text
    only = client.get(f"{lane}&state=failed&person=Eve%2Bx@elsewhere.example").text
    assert ("550 no such user" in only, "kim@" in only) == (True, False)
    assert "Try again" not in client_of(auditor).get(lane).text
    assert client_of(auditor).post(again).status_code == 403
    assert client_of(agent).get(lane).status_code == 403

    client.post(again)
    jobs.send_due(Acknowledgement.LANE)

    assert failed.message_id in smtp.ids()
    assert client.post(again).status_code == 409
