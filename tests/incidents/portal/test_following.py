"""Following a ticket: how far it was read, withdrawing, following up, reading along, printing."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.tickets import actions
from incidents.tickets.models import Draft, Link, Reading, Ticket

HTMX = {"HX-Request": "true"}
DAY = timedelta(days=1)
NEW = "/tickets/new/"


def text_of(client, url):
    return client.get(url).content.decode()


@pytest.fixture
def closed(ticket, agent, requester):
    actions.resolve(ticket, "Restarted the gateway.", code="fixed", by=agent)
    return actions.confirm(ticket, by=requester)


# How far it was read --------------------------------------------------------------------------------


def test_the_page_tells_how_far_it_was_seen_and_a_visit_does_not(
    client_of, requester, ticket, agent
):
    actions.reply(ticket, "Which building?", by=agent)
    client, url = client_of(requester), ticket.get_absolute_url()
    page = text_of(client, url)
    assert Reading.objects.get(user=requester).version == 1

    assert f'hx-post="{url}reading/" hx-vals=\'{{"version": "2"}}\'' in page
    assert client.post(f"{url}reading/", {"version": 2}, headers=HTMX).status_code == 204
    assert Reading.objects.get(user=requester).version == 2


def test_without_javascript_a_button_marks_it_as_read(client_of, requester, ticket, agent):
    actions.reply(ticket, "Which building?", by=agent)
    client, url = client_of(requester), ticket.get_absolute_url()

    assert re.search(r"<noscript>.*Mark as read.*</noscript>", text_of(client, url), re.DOTALL)
    assert client.post(f"{url}reading/", {"version": 2}).url == url


@pytest.mark.parametrize("version", ["", "-1", "x", "1e3", "9" * 40, "٣"])
def test_a_version_that_is_none_harms_nothing(client_of, requester, ticket, version):
    answer = client_of(requester).post(
        f"{ticket.get_absolute_url()}reading/", {"version": version}, headers=HTMX
    )

    assert answer.status_code == 204
    assert Reading.objects.get(user=requester).version == 1


def test_who_gets_no_updates_is_not_asked_to_tell(client_of, auditor, ticket):
    assert "/reading/" not in text_of(client_of(auditor), ticket.get_absolute_url())


# No longer needed -------------------------------------------------------------------------------------


def test_withdrawing_asks_first_and_closes_the_ticket(client_of, requester, ticket):
    client, url = client_of(requester), ticket.get_absolute_url()
    assert "I no longer need this" in text_of(client, url)
    client.post(f"/drafts/reply:{ticket.ref}/", {"body": "Half a rep"})

    answer = client.post(f"{url}withdrawal/", {"reason": "It went away.", "key": "k"}, follow=True)

    page = answer.content.decode()
    assert Ticket.objects.get().is_closed
    assert "It went away." in page
    assert "since it was no longer needed" in page
    assert "Please check" not in page
    assert 'id="composer"' not in page
    assert not Draft.objects.exists()


def test_sending_it_twice_is_once(client_of, requester, ticket):
    client, url = client_of(requester), f"{ticket.get_absolute_url()}withdrawal/"

    assert [client.post(url, {"reason": "Gone", "key": "k"}).status_code for _ in "12"] == [302] * 2
    assert ticket.events.count() == 2


def test_only_its_side_is_offered_it(client_of, requester, other_requester, agent, ticket):
    actions.follow(ticket, who=other_requester, by=requester)
    for person in (other_requester, agent):
        client = client_of(person)
        assert "I no longer need this" not in text_of(client, ticket.get_absolute_url())
        assert client.post(f"{ticket.get_absolute_url()}withdrawal/").status_code == 403


def test_a_resolved_ticket_cannot_be_withdrawn_any_more(client_of, requester, closed):
    client, url = client_of(requester), closed.get_absolute_url()

    assert "I no longer need this" not in text_of(client, url)
    assert client.post(f"{url}withdrawal/").status_code == 409


# Following up ----------------------------------------------------------------------------------------


def test_a_closed_ticket_is_reported_again_with_what_is_known(client_of, requester, closed):
    client = client_of(requester)
    assert f"{NEW}?follows={closed.ref}" in text_of(client, closed.get_absolute_url())

    page = client.get(NEW, {"follows": closed.ref})

    form = page.context["form"]
    assert (form["title"].value(), form["category"].value()) == (closed.title, closed.category_id)
    assert f'<input type="hidden" name="follows" value="{closed.ref}">' in page.content.decode()


def test_the_follow_up_and_its_ticket_name_each_other(client_of, requester, closed, report):
    client = client_of(requester)
    client.post(NEW, report(follows=closed.ref, title="Drops again"))

    newer = Ticket.objects.latest("pk")
    assert Link.objects.get().kind == Link.Kind.FOLLOW_UP_OF
    assert closed.ref in text_of(client, newer.get_absolute_url())
    assert f"{newer.ref}</a>, Drops again" in text_of(client, closed.get_absolute_url())


def test_the_link_outlives_a_mistake_in_the_form(client_of, requester, closed, report):
    client = client_of(requester)
    for headers in ({}, HTMX):
        answer = client.post(NEW, report(follows=closed.ref, description=""), headers=headers)
        assert answer.status_code == 422
        assert f'name="follows" value="{closed.ref}"' in answer.content.decode()


def test_the_link_is_kept_with_the_draft(client_of, requester, closed):
    client = client_of(requester)
    client.post("/drafts/new-ticket/", {"title": "Drops again", "follows": closed.ref})

    assert f'name="follows" value="{closed.ref}"' in text_of(client, NEW)


@pytest.mark.parametrize("number", ["{other}", "INC-999999", "x", "-1", "INC-0", "INC-1 OR 1"])
def test_what_is_not_theirs_to_follow_up_is_left_out(
    client_of, requester, other_requester, make_ticket, report, number
):
    other = make_ticket("Of Mika", by=other_requester)
    client, asked = client_of(requester), number.format(other=other.ref)

    assert 'name="follows"' not in text_of(client, f"{NEW}?follows={asked}")
    assert client.post(NEW, report(follows=asked)).status_code == 302
    assert not Link.objects.exists()


def test_who_does_not_see_the_other_ticket_sees_no_link(
    client_of, requester, other_requester, closed, report
):
    client_of(requester).post(NEW, report(follows=closed.ref))
    newer = Ticket.objects.latest("pk")
    actions.follow(newer, who=other_requester, by=requester)

    assert closed.ref not in text_of(client_of(other_requester), newer.get_absolute_url())


def test_after_some_days_still_broken_becomes_report_it_again(client_of, requester, agent, make_ticket):  # fmt: skip
    old = make_ticket(at=timezone.now() - 20 * DAY)
    actions.resolve(old, "Done.", code="fixed", by=agent, at=timezone.now() - 15 * DAY)
    client, url = client_of(requester), old.get_absolute_url()

    page = text_of(client, url)

    assert "No, still broken" not in page
    assert "still broken" not in page
    assert "Yes, it works again" in page
    assert f"?follows={old.ref}" in page
    assert client.post(f"{url}reopening/", {"body": "Broken"}).status_code == 409
    assert client.post(f"{url}replies/", {"body": "Thanks"}).status_code == 302


# Colleagues who read along ---------------------------------------------------------------------------


@pytest.fixture
def colleague(department, other_requester):
    department.shares_tickets = True
    department.save()
    other_requester.refresh_from_db()
    return other_requester


def test_a_colleague_reads_along_and_is_told_why(client_of, colleague, ticket):
    page = text_of(client_of(colleague), ticket.get_absolute_url())

    assert ticket.title in page
    assert "You can read this because Finance shares its tickets" in page
    for offered in ('id="composer"', 'id="add-follower"', 'id="withdraw"', "/reading/", "/desk/"):
        assert offered not in page


def test_a_colleague_can_change_nothing(client_of, colleague, requester, ticket, agent):
    actions.resolve(ticket, "Done.", code="fixed", by=agent)
    client, url = client_of(colleague), ticket.get_absolute_url()
    count = ticket.events.count()

    posts = ("replies/", "confirmation/", "reopening/", "withdrawal/", "followers/")
    answers = [client.post(url + at, {"body": "x", "who": "Robin Kestrel"}).status_code for at in posts]  # fmt: skip
    assert answers == [403] * 5
    assert ticket.events.count() == count
    assert not Reading.objects.filter(user=colleague).exists()


def test_a_colleague_is_asked_for_nothing(client_of, colleague, ticket, agent):
    actions.transition(ticket, to="waiting_requester", by=agent, text="Which building?")
    page = text_of(client_of(colleague), ticket.get_absolute_url())

    assert "Waiting for an answer" in page
    assert "Waiting for you" not in page
    assert "as soon as you answer" not in page


# Day breaks, on paper ---------------------------------------------------------------------------------


def breaks(page):
    return re.findall(r'<li class="fb-divider">([^<]+)</li>', page)


def test_days_part_the_conversation_and_the_first_is_named_unless_it_is_today(
    client_of, requester, agent, make_ticket
):
    now = timezone.now()
    old = make_ticket(at=now - 3 * DAY)
    for at in (now - DAY, now):
        actions.reply(old, "Hm.", by=agent, at=at)
    client = client_of(requester)

    first, *rest = breaks(text_of(client, old.get_absolute_url()))
    assert re.fullmatch(r"\w+day, \d+ \w+( \d{4})?", first)
    assert rest == ["Yesterday", "Today"]
    assert breaks(text_of(client, make_ticket().get_absolute_url())) == []


def test_it_prints_what_is_public_and_nothing_to_press(client_of, requester, agent, ticket, picture):  # fmt: skip
    actions.note(ticket, "canary words", by=agent)
    client, url = client_of(requester), ticket.get_absolute_url()
    client.post(f"{url}replies/", {"body": "See **here**", "files": [picture]})
    assert f'href="{url}print/"' in text_of(client, url)

    page = text_of(client, f"{url}print/")

    for shown in (ticket.ref, ticket.title, "It drops every few minutes.", "<strong>here</strong>", 'alt="Picture screenshot.png"', "Robin Kestrel"):  # fmt: skip
        assert shown in page
    for left_out in ("canary", "<form", "<nav", "<textarea"):
        assert left_out not in page


def test_followers_print_and_outsiders_do_not(client_of, requester, other_requester, ticket):
    client, url = client_of(other_requester), f"{ticket.get_absolute_url()}print/"
    assert client.get(url).status_code == 404

    actions.follow(ticket, who=other_requester, by=requester)

    assert client.get(url).status_code == 200
