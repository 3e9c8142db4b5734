"""Mail on the desk: what is held or set aside, as it came, tried again or discarded; and how much there is."""

import pytest
from django.utils import timezone

from incidents.mail import work
from incidents.mail.models import Mailbox, MailSource, RawMail
from incidents.mail.reasons import Reason
from incidents.mail.store import keep
from tests.incidents.mail.conftest import mail, some
from tests.incidents.mail.letters import arrive, write

State = RawMail.State
LIST = "/desk/mail/"


@pytest.fixture
def browser(client_of, agent):
    return client_of(agent)


@pytest.fixture
def put(it_help):
    """A mail in this state."""

    def do(state=State.QUARANTINED, *, box=None, raw=None, **fields):
        row, _new = keep(box or it_help, raw or some(1)[0], via=RawMail.Via.POST)
        RawMail.objects.filter(pk=row.pk).update(state=state, **fields)
        return RawMail.objects.get(pk=row.pk)

    return do


def test_each_tab_lists_its_mail_with_the_reason(browser, put):
    held, aside = put(State.HELD, reason=Reason.UNKNOWN), put(reason=Reason.FAILED, detail="ValueError: a")  # fmt: skip

    shown = browser.get(LIST).text
    assert held.subject in shown
    assert "Its sender is not on the portal." in shown
    assert aside.subject not in shown
    shown = browser.get(f"{LIST}?state=quarantined").text
    assert aside.subject in shown
    assert "ValueError: a" in shown
    assert "No mail was ignored lately." in browser.get(f"{LIST}?state=ignored").text
    assert "No mail became a ticket yet." in browser.get(f"{LIST}?state=taken").text
    assert browser.get(f"{LIST}?state=lost").status_code == 400
    assert browser.get(f"{LIST}?mailbox=other").status_code == 400


def test_what_was_taken_leads_to_its_ticket_and_that_to_the_mail(browser, it_help, requester, client_of):  # fmt: skip
    taken = arrive(it_help, write(requester, "VPN"))
    source = f"/mail/{taken.pk}/source/"

    shown = browser.get(f"{LIST}?state=taken").text
    assert taken.subject in shown
    assert taken.ticket.desk_url in shown
    assert f'href="{source}"' in browser.get(taken.ticket.desk_url).text
    assert browser.get(source).status_code == 200
    theirs = client_of(requester).get(taken.ticket.get_absolute_url()).text
    assert "Mail as it came" not in theirs

    MailSource.objects.all().delete()  # as the nightly tidying does after a while
    assert "Mail as it came" not in browser.get(taken.ticket.desk_url).text


def test_a_ticket_leads_to_no_mail_of_a_mailbox_that_is_not_ones_own(
    client_of, agent, it_help, requester, private_team
):
    taken = arrive(it_help, write(requester, "VPN"))
    Mailbox.objects.update(team=private_team)

    shown = client_of(agent).get(taken.ticket.desk_url)
    assert shown.status_code == 200
    assert "Mail as it came" not in shown.text


def test_pages_by_the_last_row_and_narrows_to_a_mailbox(browser, put, team):
    own = Mailbox.objects.create(slug="net", address="net@example.com", name="Net", team=team)
    for _row in range(31):
        put(State.HELD)
    put(State.HELD, box=own)

    first = browser.get(LIST)
    rest = browser.get(f"{LIST}?after={first.context['next']}")
    assert (len(first.context["rows"]), len(rest.context["rows"])) == (30, 2)
    assert len(browser.get(f"{LIST}?mailbox=net").context["rows"]) == 1


def test_tabs_say_how_many_as_the_sidebar_does(browser, put, team):
    own = Mailbox.objects.create(slug="net", address="net@example.com", name="Net", team=team)
    for box in (None, None, own):
        put(State.HELD, box=box)
    put()
    put(State.IGNORED)

    def counts(page):
        return {str(state): count for state, _label, count in page.context["tabs"] if count}

    assert counts(browser.get(LIST)) == {"held": "3", "quarantined": "1"}
    assert browser.get(LIST).context["sidebar"].mail == "4"
    assert counts(browser.get(f"{LIST}?mailbox=net")) == {"held": "1"}


def test_those_that_are_ticked_are_discarded_at_once(browser, put, agent):
    first, second, third = (put(State.HELD, reason=Reason.UNKNOWN) for _n in range(3))
    taken = put(State.TAKEN)

    answer = browser.post(
        f"{LIST}discarding/", {"mail": [first.pk, second.pk, taken.pk, "x"], "next": f"{LIST}?mailbox=it-help"}
    )  # fmt: skip

    assert answer["Location"] == f"{LIST}?mailbox=it-help"
    for row in (first, second):
        row.refresh_from_db()
        assert (row.state, row.reason, row.decided_by) == (State.IGNORED, Reason.DISCARDED, agent)
    for row, state in ((third, State.HELD), (taken, State.TAKEN)):
        row.refresh_from_db()
        assert row.state == state
    page = browser.get(LIST).text
    assert "2 mails were discarded." in page
    assert f'value="{third.pk}"' in page


def test_without_a_tick_nothing_is_discarded(browser, put):
    row = put(State.HELD)

    shown = browser.post(f"{LIST}discarding/", follow=True).text
    assert "No mail was discarded." in shown
    row.refresh_from_db()
    assert row.state == State.HELD


def test_nobody_discards_mail_of_others(client_of, other_agent, auditor, requester, put, team):
    own = Mailbox.objects.create(slug="net", address="net@example.com", name="Net", team=team)
    row = put(State.HELD, box=own)

    client_of(other_agent).post(f"{LIST}discarding/", {"mail": [row.pk]})
    for person in (auditor, requester):
        answer = client_of(person).post(f"{LIST}discarding/", {"mail": [row.pk]})
        assert answer.status_code == 403
    row.refresh_from_db()
    assert row.state == State.HELD


def test_what_is_another_teams_is_not_there(client_of, other_agent, auditor, requester, put, team):
    own = Mailbox.objects.create(slug="net", address="net@example.com", name="Net", team=team)
    row = put(box=own)
    browser = client_of(other_agent)

    assert row.subject not in browser.get(f"{LIST}?state=quarantined").text
    for page in ("", "source/", "file/"):
        assert browser.get(f"/mail/{row.pk}/{page}").status_code == 404
    assert browser.post(f"/mail/{row.pk}/retry/").status_code == 404
    assert client_of(auditor).get(LIST).status_code == 403
    assert client_of(requester).get(LIST).status_code == 403


def test_an_answer_to_a_ticket_is_seen_by_who_sees_the_ticket(
    browser, put, make_ticket, private_team
):
    ticket = make_ticket()
    type(ticket).objects.filter(pk=ticket.pk).update(team=private_team)
    row = put(State.HELD, ticket=ticket)

    assert row.subject not in browser.get(LIST).text
    assert browser.get(f"/mail/{row.pk}/").status_code == 404


def test_shows_a_mail_as_it_came_and_runs_nothing_of_it(browser, put):
    raw = mail(9, words="<script>alert(1)</script>\x00\x1b[31m \u202eevil")
    row = put(raw=raw)

    shown = browser.get(f"/mail/{row.pk}/source/").text
    assert "&lt;script&gt;alert(1)" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    file = browser.get(f"/mail/{row.pk}/file/")
    assert file.content == raw
    assert file["Content-Type"] == "application/octet-stream"
    assert file["Content-Disposition"] == f'attachment; filename="mail-{row.pk}.eml"'
    assert file["X-Content-Type-Options"] == "nosniff"


def test_tries_a_mail_again_that_was_set_aside(browser, put, agent, monkeypatch):
    row = put(attempts=5, reason=Reason.FAILED, detail="ValueError: a")
    assert "Try again" in browser.get(f"/mail/{row.pk}/").text

    assert browser.post(f"/mail/{row.pk}/retry/").status_code == 302

    row.refresh_from_db()
    assert (row.state, row.attempts, row.detail, row.decided_by) == (State.WAITING, 0, "", agent)
    assert work.claim(timezone.now()).pk == row.pk
    assert browser.post(f"/mail/{row.pk}/retry/").status_code == 409


def test_tries_nothing_again_of_which_only_the_head_is_here(browser, put):
    row = put(is_head_only=True, reason=Reason.TOO_LARGE)

    shown = browser.get(f"/mail/{row.pk}/").text
    assert "Try again" not in shown
    assert "Discard" in shown
    assert browser.post(f"/mail/{row.pk}/retry/").status_code == 409
    assert browser.post(f"/mail/{row.pk}/letting-in/", {"title": "x"}).status_code == 409


def test_discards_what_was_set_aside_with_a_reason(browser, put, agent):
    row = put(raw=b"\x00" * 10, reason=Reason.UNFIT)

    browser.post(f"/mail/{row.pk}/discarding/", {"why": "Only noise."})

    row.refresh_from_db()
    assert (row.state, row.reason, row.detail, row.decided_by) == (
        State.IGNORED, Reason.DISCARDED, "Only noise.", agent,
    )  # fmt: skip
    assert "Only noise." in browser.get(f"{LIST}?state=ignored").text


def test_the_sidebar_counts_what_waits_for_somebody_and_only_then(browser, put):
    assert f'href="{LIST}"' not in browser.get("/desk/mine/").text
    put(State.HELD)
    put()
    put(State.IGNORED)

    page = browser.get("/desk/mine/")
    assert f'href="{LIST}"' in page.text
    assert page.context["sidebar"].mail == "2"


def test_the_list_costs_the_same_however_long_it_is(browser, put, django_assert_max_num_queries):
    for _row in range(12):
        put(State.HELD)
    browser.get(LIST)

    with django_assert_max_num_queries(12):
        browser.get(LIST)
