"""Who can see a ticket: the words and the counted people agree with what people really see."""

import re

import pytest

from accounts.models import User
from incidents.desk import readers
from incidents.desk.readers import Readers
from incidents.tickets import actions
from incidents.tickets.models import Category, Ticket
from tests.conftest import make_person
from tests.incidents.desk.conftest import body


def of(ticket):
    found = Ticket.objects.for_page().annotate(**readers.counts()).get(pk=ticket.pk)
    return Readers(found)


@pytest.fixture
def closed(team):
    return Category.objects.create(
        name="Pay", slug="pay", default_team=team, is_confidential=True, is_confined=True
    )


@pytest.fixture
def crowd(requester, other_requester, agent, other_agent, lead, manager, auditor, private_team):
    """Everybody there is, somebody in a private team, and a colleague of the requester's."""
    make_person("Ira Secret", ("agent", private_team))
    make_person("Cy Colleague", department=requester.department)


CASES = {
    "as it comes": lambda ticket, by, **world: ticket,
    "with followers": lambda ticket, by, other_requester, **world: actions.follow(
        ticket, who=other_requester, by=by
    ),
    "of a private team": lambda ticket, by, private_team, **world: Ticket.objects.filter(
        pk=ticket.pk
    ).update(team=private_team),
    "confidential": lambda ticket, by, closed, **world: actions.categorise(
        ticket, category=closed, by=by
    ),
    "of nobody": lambda ticket, by, **world: Ticket.objects.filter(pk=ticket.pk).update(team=None),
    "confidential and of nobody": lambda ticket, by, closed, **world: Ticket.objects.filter(
        pk=ticket.pk
    ).update(team=None, category=closed),
}


@pytest.mark.parametrize("shares", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_the_counted_people_are_those_who_see_it(
    crowd, ticket, agent, requester, other_requester, private_team, closed, case, shares
):
    requester.department.shares_tickets = shares
    requester.department.save()
    actions.offer(ticket, on=True, by=agent)
    actions.join(ticket, by=make_person("Jo Joined"))
    CASES[case](ticket, by=agent, other_requester=other_requester, private_team=private_team, closed=closed)  # fmt: skip

    everybody = list(User.objects.people())
    groups = of(ticket).groups
    here = Ticket.objects.filter(pk=ticket.pk)
    see = {one.pk for one in everybody if here.visible_to(one).exists()}
    staff = {one.pk for one in everybody if here.seen_as_staff_by(one).exists()}

    assert {one.pk for group in groups for one in group.people} == see
    assert {one.pk for group in groups if group.reads_notes for one in group.people} == staff
    assert all(group.count == group.people.count() for group in groups)


def test_the_ticket_says_it_in_a_line(desk, ticket, agent, closed, url):
    line = re.compile(r'id="seen-by"[^>]*>(.*?)</p>', re.DOTALL)
    assert "the team Network, and people who work for all teams." in line.search(body(desk.get(url(ticket))))[1]  # fmt: skip

    actions.categorise(ticket, category=closed, by=agent)

    assert "Confidential: the requester, people who were added, and the team Network." in line.search(body(desk.get(url(ticket))))[1]  # fmt: skip


def test_the_line_and_the_composer_are_current_on_an_open_page(htmx, ticket, agent, other_requester, closed, url):  # fmt: skip
    actions.follow(ticket, who=other_requester, by=agent)
    part = body(htmx.get(url(ticket, "live"), {"version": 1}))
    assert "1 follower<" in part

    actions.categorise(ticket, category=closed, by=agent)
    part = body(htmx.get(url(ticket, "live"), {"version": 1}))
    assert 'id="seen-by" hx-swap-oob="true"' in part
    assert "Confidential:" in part
    assert "read along by the team Network only" in part


def to(page, panel):
    return re.search(rf'<div class="[^"]+" id="to-{panel}".*?</div>', page, re.DOTALL)[0]


def test_the_composer_says_who_will_read_a_reply_and_who_a_note(desk, ticket, requester, url):
    page = body(desk.get(url(ticket)))
    assert "Robin Kestrel" in to(page, "reply")
    assert "read along by the desk" in to(page, "reply")
    assert "the requester can’t see this" in to(page, "note")
    assert "Read by the team Network, and by people who work for all teams." in to(page, "note")

    requester.department.shares_tickets = True
    requester.department.save()

    assert "the department Finance and the desk" in to(body(desk.get(url(ticket))), "resolve")


def test_one_by_one_as_a_page_or_a_part(desk, htmx, ticket, agent, url):
    page, part = body(desk.get(url(ticket, "readers"))), body(htmx.get(url(ticket, "readers")))

    assert "<html" in page
    assert part.lstrip().startswith("<dl")
    for shown in (page, part):
        assert "Robin Kestrel" in shown
        assert "Sasha Vole" in shown
        assert "Have the same problem" not in shown


def test_of_many_the_first_are_named_and_the_rest_counted(htmx, ticket, agent, team, url, django_assert_max_num_queries):  # fmt: skip
    for n in range(7):
        make_person(f"Aa Agent{n}", ("agent", team))

    with django_assert_max_num_queries(14):
        part = body(htmx.get(url(ticket, "readers")))

    assert "and 3 more" in part
    assert '<span class="fb-sub fb-num">8</span>' in part


def test_that_others_may_join_is_told_apart(htmx, ticket, agent, url):
    assert "Only its title" not in body(htmx.get(url(ticket, "readers")))

    actions.offer(ticket, on=True, by=agent)
    assert "Only its title" in body(htmx.get(url(ticket, "readers")))
