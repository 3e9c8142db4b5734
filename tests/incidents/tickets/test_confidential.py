"""Confidential categories: only requester, chosen followers and the handling team, in every list, count and channel."""

import json

import pytest

from accounts.models import Grant, Role
from incidents.desk.sidebar import Sidebar
from incidents.live import topics
from incidents.notify.models import Delivery
from incidents.notify.rules import hearers
from incidents.tickets import actions, search
from incidents.tickets.actions import categories
from incidents.tickets.models import Attachment, Category, Event, Message, Ticket
from incidents.tickets.policies import can_be_assigned, can_see
from tests.conftest import make_person
from tests.incidents.tickets.uploads import text_file

WORD = "zebrafinch"


@pytest.fixture
def payroll(admin, team):
    return categories.add_category("Payroll", by=admin, default_team=team, is_confidential=True)


@pytest.fixture
def secret(make_ticket, payroll, other_requester):
    return make_ticket(
        f"My pay, {WORD}", by=other_requester, description=f"Wrong since May, {WORD}",
        category=payroll, files=[text_file("payslip.txt", WORD.encode())],
    )  # fmt: skip


OUTSIDE = ["requester", "other_agent", "manager", "admin", "auditor", "editor"]
INSIDE = ["other_requester", "agent", "lead"]


@pytest.mark.parametrize("who", OUTSIDE)
def test_nobody_else_finds_it_anywhere(who, secret, request, client_of):
    person = request.getfixturevalue(who)

    for model in (Ticket, Event, Message, Attachment):
        assert not model.objects.visible_to(person).exists(), model
    assert search.find(WORD, user=person).total == 0
    assert (
        topics.permitted(person, [f"ticket:{secret.number}", f"desk-ticket:{secret.number}"])
        == set()
    )
    client = client_of(person)
    attachment = secret.attachments.get()
    for page in (
        f"/tickets/{secret.ref}/",
        f"/desk/tickets/{secret.ref}/",
        attachment.get_absolute_url(),
    ):
        assert client.get(page).status_code in {403, 404}, page
    assert all(row.recipient_id != person.pk for row in Delivery.objects.all())


@pytest.mark.parametrize("who", INSIDE)
def test_those_it_concerns_see_it(who, secret, request):
    assert secret in Ticket.objects.visible_to(request.getfixturevalue(who))


@pytest.mark.parametrize("who", ["manager", "admin", "auditor"])
def test_it_is_in_no_count_and_no_list_of_others(who, secret, make_ticket, request, client_of):
    make_ticket("An ordinary one")
    person = request.getfixturevalue(who)
    client = client_of(person)

    sidebar = Sidebar(person)
    assert sidebar.unassigned == "1"
    assert [count for team, count, _label in sidebar.queues if team.slug == "network"] == [1]
    for page in ("/desk/", "/desk/unassigned/", "/desk/queues/network/", "/desk/search/?q=pay"):
        assert WORD not in client.get(page).content.decode(), page


def test_chosen_followers_see_it(secret, requester, other_requester):
    actions.follow(secret, who=requester, by=other_requester)

    assert secret in Ticket.objects.visible_to(requester)
    assert secret not in Ticket.objects.seen_as_staff_by(requester)


def test_only_the_handling_team_is_given_it(secret, agent, lead, manager, other_agent):
    secret.refresh_from_db()

    assert can_be_assigned(agent, secret)
    assert not can_be_assigned(manager, secret)
    assert not can_be_assigned(other_agent, secret)


def test_a_role_held_everywhere_does_not_open_it_but_one_in_the_team_does(secret, manager, team):
    assert secret not in Ticket.objects.visible_to(manager)
    Grant.objects.create(user=manager, role=Role.objects.get(slug="agent"), team=team)
    manager.__dict__.pop("permits", None)

    assert secret in Ticket.objects.visible_to(manager)


def test_nobody_outside_hears_of_it(secret, agent, manager, admin):
    event = Event.objects.get(ticket=secret, kind="filed")

    assert not {manager.pk, admin.pk} & {person for person, _channel in hearers(event)}


def test_what_hangs_below_a_confidential_category_is_confidential(
    admin, payroll, make_ticket, manager
):
    below = categories.add_category("Payslips", by=admin, parent=payroll)
    ticket = make_ticket(category=below)

    assert below.pk in Category.objects.filter(is_confined=True).values_list("pk", flat=True)
    assert ticket not in Ticket.objects.visible_to(manager)


def test_moving_a_category_under_a_confidential_one_closes_its_tickets_and_moving_it_out_opens_them(
    admin, payroll, make_ticket, category, manager
):
    ticket = make_ticket()
    categories.move_category(category, under=payroll, by=admin)
    assert ticket not in Ticket.objects.visible_to(manager)

    categories.move_category(category, under=None, by=admin)
    assert ticket in Ticket.objects.visible_to(manager)


def test_closing_a_category_closes_the_tickets_it_has(admin, category, team, make_ticket, manager):
    ticket = make_ticket()
    categories.change_category(
        category, by=admin, name=category.name, default_team=team, is_confidential=True
    )

    assert ticket not in Ticket.objects.visible_to(manager)


def test_merging_into_a_confidential_category_closes_as_well(
    admin, payroll, category, make_ticket, manager
):
    ticket = make_ticket()
    categories.merge_category(category, into=payroll, by=admin)

    assert ticket not in Ticket.objects.visible_to(manager)


def test_a_confidential_category_needs_a_team(admin, payroll, team):
    with pytest.raises(categories.NotInTree, match="name the team"):
        categories.add_category("Legal", by=admin, is_confidential=True)
    with pytest.raises(categories.NotInTree, match="name the team"):
        categories.change_category(payroll, by=admin, name="Payroll", is_confidential=True)
    payroll.refresh_from_db()
    assert payroll.default_team == team


def test_tickets_in_nobodys_hands_would_be_lost_so_the_category_stays_open(
    admin, team, make_ticket
):
    loose = Category.objects.create(name="Loose", slug="loose")
    make_ticket(category=loose)

    with pytest.raises(categories.NotInTree, match="in no team"):
        categories.change_category(
            loose, by=admin, name="Loose", default_team=team, is_confidential=True
        )
    assert not Category.objects.get(pk=loose.pk).is_confined


def test_what_turns_out_confidential_goes_to_the_team_that_handles_it(
    admin, other_team, make_ticket, agent, other_agent, client_of
):
    legal = categories.add_category(
        "Legal", by=admin, default_team=other_team, is_confidential=True
    )
    ticket = actions.take(make_ticket(), by=agent)

    answer = client_of(agent).post(
        f"/desk/tickets/{ticket.ref}/category/", {"category": legal.pk, "expected": ticket.version}
    )

    ticket.refresh_from_db()
    assert (ticket.team, ticket.assignee, answer.url) == (other_team, None, "/desk/mine/")
    assert ticket not in Ticket.objects.seen_as_staff_by(agent)
    assert ticket in Ticket.objects.seen_as_staff_by(other_agent)


def test_an_article_drafted_from_it_starts_without_its_words(secret, agent):
    actions.take(secret, by=agent)
    article = actions.draft_article(secret, by=agent)

    assert WORD not in json.dumps([article.title, article.body])


def test_an_administrator_sees_how_many_there_are_only_of_what_they_may_see(
    secret, admin, client_of
):
    page = client_of(admin).get("/admin/categories/").content.decode()

    assert WORD not in page
    assert "confidential" in page


def test_the_page_says_that_it_is_confidential(secret, agent, other_requester, client_of):
    assert "Confidential" in client_of(agent).get(f"/desk/tickets/{secret.ref}/").content.decode()
    assert (
        "Confidential" in client_of(other_requester).get(f"/tickets/{secret.ref}/").content.decode()
    )
    assert "Confidential" in client_of(agent).get("/desk/queues/network/").content.decode()


def test_who_joined_loses_sight_when_the_matter_becomes_confidential_and_who_was_chosen_keeps_it(
    admin, make_ticket, other_requester, requester, payroll, agent
):
    chosen = make_person("Ida Finch")
    ticket = make_ticket("Everybody's payslip is gone", impact="team")
    actions.join(ticket, by=other_requester)
    actions.follow(ticket, who=chosen, by=requester)
    actions.categorise(ticket, category=payroll, by=agent)

    assert not Ticket.objects.visible_to(other_requester).exists()
    assert ticket in Ticket.objects.visible_to(chosen)
    reply = actions.reply(ticket, "We know.", by=agent)
    assert other_requester.pk not in {person for person, _channel in hearers(reply)}


def test_what_a_private_team_gets_is_shared_with_no_department_and_nobody_who_joined(
    private_team, make_ticket, other_requester, department, manager, agent
):
    ticket = make_ticket("All badges fail", impact="team")
    joined = make_person("Ida Finch")
    actions.join(ticket, by=joined)
    department.shares_tickets = True
    department.save()
    other_requester.refresh_from_db()
    assert ticket in Ticket.objects.visible_to(other_requester)

    actions.move(ticket, to=private_team, by=manager)
    ticket.refresh_from_db()
    for person in (joined, other_requester):
        assert ticket not in Ticket.objects.visible_to(person)
        assert not can_see(person, ticket)
