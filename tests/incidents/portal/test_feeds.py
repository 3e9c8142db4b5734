"""A person's own calendar and announcements, by secret addresses (security rows L1, L3, L9)."""

import re
from datetime import timedelta
from xml.etree import ElementTree

import icalendar
import pytest
from django.utils import timezone

from accounts.errors import NotAllowed
from accounts.models import AdminChange, Department
from incidents.portal import feeds
from incidents.portal.models import Announcement, FeedAddress
from incidents.tickets import actions
from incidents.tickets.models import Ticket

FEEDS = "/accounts/feeds/"


@pytest.fixture
def subscribe(client_of):
    """Make an address on one's account, as shown there."""

    def make(person, kind="calendar") -> str:
        answer = client_of(person).post(f"{FEEDS}{kind}/", follow=True)
        (url,) = re.findall(r'value="https?://[^/]+(/feeds/[^"]+)"', answer.content.decode())
        return url

    return make


def entries(client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    return list(icalendar.Calendar.from_ical(answer.content).walk("VEVENT"))


def summaries(client, url):
    return [str(one["SUMMARY"]) for one in entries(client, url)]


def test_an_agents_calendar_has_what_is_promised_on_their_tickets(client, subscribe, agent, ticket):
    url = subscribe(agent)
    assert entries(client, url) == []
    actions.assign(ticket, to=agent, by=agent)

    found = entries(client, url)
    assert {str(one["SUMMARY"]) for one in found} == {
        f"{ticket.ref}: first response · VPN keeps dropping", f"{ticket.ref}: resolution · VPN keeps dropping",
    }  # fmt: skip
    clock = ticket.clocks.get(kind="resolution")
    (entry,) = [one for one in found if "resolution" in str(one["UID"])]
    assert abs(entry["DTSTART"].dt - clock.due_at) < timedelta(seconds=1)
    assert entry["URL"].endswith(f"/desk/tickets/{ticket.ref}/")
    assert "drops every few minutes" not in client.get(url).content.decode()


def test_a_requesters_calendar_has_what_they_are_promised(client, subscribe, requester, ticket):
    url = subscribe(requester)
    assert f"{ticket.ref}: solution expected · VPN keeps dropping" in summaries(client, url)
    (entry, *_more) = entries(client, url)
    assert entry["URL"].endswith(f"/tickets/{ticket.ref}/")
    assert "/desk/" not in entry["URL"]


def test_when_it_is_closed_by_itself_stands_there_too(client, subscribe, requester, agent, ticket):
    actions.resolve(ticket, "Try now.", code="fixed", by=agent)
    Ticket.objects.filter(pk=ticket.pk).update(closes_at=timezone.now() + timedelta(days=2))
    assert summaries(client, subscribe(requester)) == [
        f"{ticket.ref}: is closed unless you answer · VPN keeps dropping"
    ]


def test_the_same_entry_keeps_its_id(client, subscribe, requester, ticket):
    url = subscribe(requester)
    assert [one["UID"] for one in entries(client, url)] == [
        one["UID"] for one in entries(client, url)
    ]


def test_of_a_private_team_the_number_alone(client, subscribe, requester, ticket, private_team):
    Ticket.objects.filter(pk=ticket.pk).update(team=private_team)
    told = summaries(client, subscribe(requester))
    assert told
    assert all("VPN" not in one for one in told)


def test_what_somebody_may_no_longer_see_is_gone(client, subscribe, agent, team, ticket):
    actions.assign(ticket, to=agent, by=agent)
    url = subscribe(agent)
    assert entries(client, url)
    agent.grants.all().delete()
    assert entries(client, url) == []


def test_odd_titles_stay_one_line(client, subscribe, requester, make_ticket):
    ticket = make_ticket(title="A;B,C\\ \u2028END:VEVENT é漢")
    told = summaries(client, subscribe(requester))
    assert f"{ticket.ref}: solution expected · A;B,C\\ END:VEVENT é漢" in told


def test_an_address_ends_with_a_new_one_and_when_it_is_switched_off(
    client, client_of, subscribe, requester
):
    first = subscribe(requester)
    second = subscribe(requester)
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200
    client_of(requester).post(f"{FEEDS}calendar/removal/")
    assert client.get(second).status_code == 404


def test_it_dies_with_the_account(client, subscribe, requester):
    url = subscribe(requester)
    requester.is_active = False
    requester.save()
    assert client.get(url).status_code == 404


def test_the_secret_is_kept_nowhere_and_shown_once(client_of, subscribe, requester):
    token = subscribe(requester).split("/")[2]
    assert token not in str(FeedAddress.objects.values())
    assert token not in client_of(requester).get(FEEDS).content.decode()


def test_one_kind_opens_no_other(client, subscribe, requester):
    token = subscribe(requester).split("/")[2]
    assert client.get(f"/feeds/{token}/announcements.rss").status_code == 404
    assert client_answers(client, "/feeds/x/tickets.ics") == 404


def client_answers(client, url):
    return client.get(url).status_code


def test_no_shared_cache_keeps_it(client, subscribe, requester):
    answer = client.get(subscribe(requester))
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["X-Robots-Tag"] == "noindex"


def test_who_fetches_all_the_time_is_stopped(client, subscribe, requester):
    url = subscribe(requester)
    statuses = [client_answers(client, url) for _number in range(32)]
    assert statuses == [200] * 30 + [429] * 2


def test_the_page_says_when_it_was_last_fetched(client, client_of, subscribe, requester):
    url = subscribe(requester)
    assert "Never fetched yet." in client_of(requester).get(FEEDS).content.decode()
    client.get(url)
    assert "Last fetched" in client_of(requester).get(FEEDS).content.decode()


@pytest.mark.parametrize("kind", ["tickets", "x"])
def test_there_are_two_kinds(client_of, requester, kind):
    assert client_of(requester).post(f"{FEEDS}{kind}/").status_code == 404


def test_announcements_are_those_meant_for_the_reader(client, subscribe, requester, client_of, settings):  # fmt: skip
    now = timezone.now()
    elsewhere = Department.objects.create(name="Legal")
    Announcement.objects.create(
        title="Mail <b>& calendar</b>", body="From **ten** on.", starts_at=now
    )
    Announcement.objects.create(title="For others", starts_at=now, department=elsewhere)
    Announcement.objects.create(title="Not yet", starts_at=now + timedelta(hours=1))
    answer = client.get(subscribe(requester, "announcements"))

    items = ElementTree.fromstring(answer.content).findall("channel/item")  # noqa: S314 (our own)
    assert [one.findtext("title") for one in items] == ["Mail <b>& calendar</b>"]
    assert items[0].findtext("description") == "From ten on."
    there = items[0].findtext("link").removeprefix(settings.SITE_URL)
    assert "From <strong>ten</strong> on." in client_of(requester).get(there).text
    assert "private" in answer["Cache-Control"]


def test_the_feed_names_its_own_address(client, subscribe, requester, settings):
    path = subscribe(requester, "announcements")

    channel = ElementTree.fromstring(client.get(path).content).find("channel")  # noqa: S314 (our own)
    (own,) = channel.findall("{http://www.w3.org/2005/Atom}link")
    assert (own.get("rel"), own.get("href")) == ("self", settings.SITE_URL + path)


def test_an_announcement_is_shown_by_itself_to_whom_it_is_meant_for(client_of, requester):
    now = timezone.now()
    elsewhere = Department.objects.create(name="Legal")
    over = Announcement.objects.create(
        title="Was down", starts_at=now - timedelta(days=2), ends_at=now - timedelta(days=1)
    )
    others = Announcement.objects.create(title="For others", starts_at=now, department=elsewhere)
    later = Announcement.objects.create(title="Not yet", starts_at=now + timedelta(hours=1))
    browser = client_of(requester)

    assert "This is over." in browser.get(f"/announcements/{over.pk}/").text
    for hidden in (others, later):
        assert browser.get(f"/announcements/{hidden.pk}/").status_code == 404


def test_a_calendar_needs_few_queries(
    client, subscribe, agent, make_ticket, django_assert_max_num_queries
):
    url = subscribe(agent)
    for _number in range(6):
        actions.assign(make_ticket(), to=agent, by=agent)
    client.get(url)
    with django_assert_max_num_queries(
        18
    ):  # of which the limit asks the cache, here the database, a few
        assert len(entries(client, url)) == 12


# In administration ----------------------------------------------------------------------------------------

ADDRESSES = "/admin/feed-addresses/"


def test_administrators_see_whose_addresses_there_are_and_end_one(client, client_of, subscribe, admin, requester, agent):  # fmt: skip
    url, other = subscribe(requester), subscribe(agent)
    client.get(url)
    browser = client_of(admin)

    page = browser.get(ADDRESSES).text
    assert (requester.email in page, agent.email in page) == (True, True)
    page = browser.get(ADDRESSES, {"person": "robin"}).text
    assert (requester.email in page, agent.email in page) == (True, False)
    assert url.split("/")[2] not in page
    address = FeedAddress.objects.get(user=requester)
    done = browser.post(f"{ADDRESSES}{address.pk}/end/", follow=True)

    assert "Robin Kestrel can make another" in done.text
    assert client.get(url).status_code == 404
    assert client.get(other).status_code == 200
    change = AdminChange.objects.get(kind="portal.feedaddress")
    assert (change.action, change.actor) == ("removed", admin)
    assert address.digest not in str(change.before)
    assert browser.post(f"{ADDRESSES}{address.pk}/end/").status_code == 404


def test_also_those_of_somebody_who_has_left_are_listed(client_of, subscribe, admin, requester):
    subscribe(requester)
    requester.is_active = False
    requester.save()

    assert "deactivated" in client_of(admin).get(ADDRESSES, {"person": requester.email}).text
    assert "Nobody like this" in client_of(admin).get(ADDRESSES, {"person": "no\x00body"}).text


def test_who_only_audits_ends_none_and_others_see_none(client_of, subscribe, auditor, manager, agent, requester):  # fmt: skip
    subscribe(requester)
    address = FeedAddress.objects.get()
    page = client_of(auditor).get(ADDRESSES).text
    assert requester.email in page
    assert f"{address.pk}/end/" not in page

    for person in (auditor, manager, agent, requester):
        assert client_of(person).post(f"{ADDRESSES}{address.pk}/end/").status_code == 403
    with pytest.raises(NotAllowed):
        feeds.end(address, by=agent)
    assert client_of(agent).get(ADDRESSES).status_code == 403
    assert FeedAddress.objects.get() == address


def test_a_persons_page_leads_there(client_of, admin, requester):
    page = client_of(admin).get(f"/admin/accounts/user/{requester.pk}/change/").text

    assert f"{ADDRESSES}?person={requester.email}" in page.replace("%40", "@")


def test_the_list_costs_the_same_however_long(client_of, subscribe, admin, requester, agent, django_assert_max_num_queries):  # fmt: skip
    for person in (requester, agent, admin):
        for kind in ("calendar", "announcements"):
            subscribe(person, kind)
    browser = client_of(admin)
    browser.get(ADDRESSES)

    with django_assert_max_num_queries(7):
        assert browser.get(ADDRESSES).text.count("/end/") == 6
