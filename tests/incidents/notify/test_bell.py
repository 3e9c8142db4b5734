"""The bell and its list."""

import pytest
from django.urls import reverse

from accounts.models import Grant
from incidents.notify.models import Delivery
from incidents.tickets import actions

INBOX = "/notifications/"


@pytest.fixture
def rung(agent, ticket, requester) -> Delivery:
    """Sasha answered; Robin's bell rang."""
    actions.reply(ticket, "Try again.", by=agent)
    return Delivery.objects.get(recipient=requester, channel="bell")


def shown(client) -> str:
    return client.get(reverse("notify:bell")).content.decode()


def test_the_list_tells_what_happened_and_links_to_the_ticket(rung, requester, client_of):
    page = client_of(requester).get(INBOX).content.decode()

    assert "Sasha Vole replied" in page
    assert f'href="{rung.event.ticket.get_absolute_url()}"' in page


def test_an_agents_list_links_to_the_desk(agent, ticket, client_of):
    page = client_of(agent).get(INBOX).content.decode()

    assert "Robin Kestrel reported a problem" in page
    assert f'href="{ticket.desk_url}"' in page


def test_looking_marks_nothing(rung, requester, client_of):
    client = client_of(requester)
    client.get(INBOX)
    shown(client)

    rung.refresh_from_db()
    assert rung.read_at is None


def test_opening_one_marks_it_and_goes_to_its_ticket(rung, requester, client_of):
    answer = client_of(requester).post(reverse("notify:read", args=[rung.pk]))

    assert answer.url == rung.event.ticket.get_absolute_url()
    rung.refresh_from_db()
    assert rung.read_at is not None


def test_a_bell_is_its_owners_alone(rung, other_requester, agent, client_of):
    for stranger in (other_requester, agent):
        client = client_of(stranger)
        assert client.post(reverse("notify:read", args=[rung.pk])).status_code == 404
        client.post(reverse("notify:read-all"), {"newest": rung.pk + 100})

    rung.refresh_from_db()
    assert rung.read_at is None


def test_marking_all_leaves_what_rang_after_the_page_was_shown(rung, requester, agent, client_of):
    actions.reply(rung.event.ticket, "And one more.", by=agent)

    client_of(requester).post(reverse("notify:read-all"), {"newest": rung.pk})

    unread = Delivery.objects.filter(recipient=requester, channel="bell").unread()
    assert [row.pk > rung.pk for row in unread] == [True]


@pytest.mark.parametrize("newest", ["", "x", "-1", "9" * 30, "１"])
def test_a_made_up_newest_marks_nothing(rung, requester, client_of, newest):
    assert client_of(requester).post(reverse("notify:read-all"), {"newest": newest}).status_code == 302  # fmt: skip

    rung.refresh_from_db()
    assert rung.read_at is None


def test_the_bell_counts_to_nine(ticket, requester, agent, client_of):
    client = client_of(requester)
    assert "fb-bell__n" not in shown(client)

    actions.reply(ticket, "1", by=agent)
    assert ">1</span>" in shown(client)

    for number in range(10):
        actions.reply(ticket, f"More {number}", by=agent)
    assert ">9+</span>" in shown(client)


def test_mail_rows_do_not_count(ticket, requester, client_of):
    assert Delivery.objects.filter(recipient=requester, channel="mail").exists()
    assert "fb-bell__n" not in shown(client_of(requester))


def test_what_one_may_no_longer_see_vanishes_from_list_and_count(agent, ticket, client_of):
    client = client_of(agent)
    assert ticket.title in client.get(INBOX).content.decode()

    Grant.objects.filter(user=agent).delete()

    assert ticket.title not in client.get(INBOX).content.decode()
    assert "fb-bell__n" not in shown(client)


def test_notes_ring_for_staff_and_vanish_with_their_role(ticket, agent, lead, client_of):
    actions.follow(ticket, who=lead, by=lead)
    actions.note(ticket, "Between us.", by=agent)
    assert "wrote an internal note" in client_of(lead).get(INBOX).content.decode()

    Grant.objects.filter(user=lead).delete()

    assert "wrote an internal note" not in client_of(lead).get(INBOX).content.decode()


def test_the_list_is_paged(ticket, requester, agent, client_of):
    for number in range(35):
        actions.reply(ticket, f"{number}", by=agent)
    client = client_of(requester)

    first = client.get(INBOX)
    second = client.get(INBOX, {"after": first.context["next"]})

    assert [len(page.context["notices"]) for page in (first, second)] == [30, 5]
    assert second.context["next"] == ""


def test_the_list_costs_the_same_with_one_row_or_thirty(
    ticket, requester, agent, client_of, django_assert_max_num_queries
):
    client = client_of(requester)
    for _round in range(2):
        with django_assert_max_num_queries(6):
            client.get(INBOX)
        for number in range(30):
            actions.reply(ticket, f"{number}", by=agent)


def test_the_bell_listens_to_its_own_topic(requester, client_of):
    text = shown(client_of(requester))

    assert f"live:bell:{requester.pk} from:body, live:poll from:body" in text
    assert "data-live=" in text


def test_the_bell_is_one_query_and_only_where_it_is_shown(requester, rf, django_assert_num_queries):
    from incidents.notify.context import bell

    request = rf.get("/")
    request.user = requester
    requester.permits  # noqa: B018 (asked for by every page before)
    with django_assert_num_queries(0):
        found = bell(request)["bell"]
    with django_assert_num_queries(1):
        assert (found.unread, found.unread) == ("", "")


def test_nobody_signed_in_has_no_bell(rf):
    from django.contrib.auth.models import AnonymousUser

    from incidents.notify.context import bell

    request = rf.get("/")
    assert bell(request) == {}
    request.user = AnonymousUser()
    assert bell(request) == {}


@pytest.mark.sqlite
def test_new_rows_wake_their_owners_where_the_database_can_not_tell(rung, requester, agent):
    from incidents.notify.source import new_bells

    newest, woken = new_bells(None)
    assert woken == []
    assert new_bells(newest) == (newest, [])
    assert {wake.topic for wake in new_bells(0)[1]} == {f"bell:{requester.pk}", f"bell:{agent.pk}"}
