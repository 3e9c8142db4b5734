"""Who may see what: one predicate, asked by lists and by single pages alike."""

import pytest

from accounts.models import Department, Grant, Role, User
from incidents.tickets import actions, policies
from incidents.tickets.models import Category, Event, Message, Ticket
from tests.conftest import make_person


@pytest.fixture
def tickets(make_ticket, other_category, private_team, other_requester, requester, team):
    hidden = Category.objects.create(name="Break-in", slug="break-in", default_team=private_team)
    loose = Category.objects.create(name="Loose", slug="loose")
    payroll = Category.objects.create(
        name="Payroll", slug="payroll", default_team=team, is_confidential=True, is_confined=True
    )
    made = {
        "mine": make_ticket(),
        "theirs": make_ticket(by=other_requester),
        "elsewhere": make_ticket(by=other_requester, category=other_category),
        "private": make_ticket(by=other_requester, category=hidden),
        "nobody's": make_ticket(by=other_requester, category=loose),
        "for them": make_ticket(requester=other_requester),
        "followed": make_ticket(by=other_requester, category=other_category),
        "confidential": make_ticket(by=other_requester, category=payroll),
    }
    actions.follow(made["followed"], who=requester, by=other_requester)
    return made


SEES = {
    "requester": {"mine", "for them", "followed"},
    "other_requester": {
        "theirs",
        "elsewhere",
        "private",
        "nobody's",
        "for them",
        "followed",
        "confidential",
    },
    "agent": {"mine", "theirs", "nobody's", "for them", "confidential"},
    "other_agent": {"elsewhere", "nobody's", "followed"},
    "manager": {"mine", "theirs", "elsewhere", "nobody's", "for them", "followed"},
    "auditor": {"mine", "theirs", "elsewhere", "nobody's", "for them", "followed"},
    "admin": {"mine", "theirs", "elsewhere", "nobody's", "for them", "followed"},
    "editor": set(),
}


@pytest.mark.parametrize("who", SEES)
def test_each_sees_their_own_and_no_more(who, tickets, request):
    person = request.getfixturevalue(who)
    seen = set(Ticket.objects.visible_to(person).values_list("pk", flat=True))

    assert {name for name, ticket in tickets.items() if ticket.pk in seen} == SEES[who]


@pytest.mark.parametrize("who", SEES)
def test_predicates_and_querysets_are_twins(who, tickets, request):
    person = request.getfixturevalue(who)
    for ticket in Ticket.objects.select_related("team", "category", "requester"):
        row = Ticket.objects.filter(pk=ticket.pk)
        assert policies.can_see(person, ticket) == row.visible_to(person).exists()
        assert policies.can_see_as_staff(person, ticket) == row.seen_as_staff_by(person).exists()


def test_what_staff_see_is_part_of_what_they_may_see(tickets, agent, manager, auditor, requester):
    for person in (agent, manager, auditor, requester):
        staff = set(Ticket.objects.seen_as_staff_by(person).values_list("pk", flat=True))
        assert staff <= set(Ticket.objects.visible_to(person).values_list("pk", flat=True))


def test_a_role_in_the_private_team_opens_it(tickets, private_team, agent):
    Grant.objects.create(user=agent, role=Role.objects.get(slug="agent"), team=private_team)

    assert (
        Ticket.objects.visible_to(User.objects.get(pk=agent.pk))
        .filter(pk=tickets["private"].pk)
        .exists()
    )


@pytest.mark.parametrize("end", ["role", "deactivated", "permission"])
def test_sight_ends_when_the_right_ends(tickets, agent, end):
    if end == "role":
        agent.grants.all().delete()
    elif end == "deactivated":
        User.objects.filter(pk=agent.pk).update(is_active=False)
    else:
        Role.objects.filter(slug="agent").update(permissions=[])
    again = User.objects.get(pk=agent.pk)

    assert not Ticket.objects.visible_to(again).exists()


def test_nobody_signed_in_sees_nothing(tickets):
    from django.contrib.auth.models import AnonymousUser

    for model in (Ticket, Event, Message):
        assert not model.objects.visible_to(AnonymousUser()).exists()


def test_the_number_of_rights_does_not_change_the_number_of_queries(
    agent, team, other_team, django_assert_num_queries
):
    for role in Role.objects.exclude(slug__in=["requester", "agent"]):
        Grant.objects.create(user=agent, role=role, team=other_team)
    again = User.objects.get(pk=agent.pk)
    with django_assert_num_queries(1):
        assert again.permits.anywhere("tickets.see")
        assert again.is_on_staff


def test_administration_held_in_one_team_gives_none(agent, team):
    Grant.objects.create(user=agent, role=Role.objects.get(slug="administrator"), team=team)
    again = User.objects.get(pk=agent.pk)

    assert again.permits.anywhere("tickets.assign")
    assert not again.permits.anywhere("roles.manage", "people.manage", "audit.read")
    assert not again.is_staff


@pytest.fixture
def shared(requester, other_requester, department, make_ticket, category):
    """Two people of a department that shares its tickets, and one ticket of each kind of the other one's."""
    department.shares_tickets = True
    department.save()
    secret = Category.objects.create(
        name="Payroll", slug="payroll", default_team=category.default_team, is_confidential=True, is_confined=True
    )  # fmt: skip
    for person in (requester, other_requester):
        person.refresh_from_db()
    return make_ticket(by=other_requester), make_ticket(by=other_requester, category=secret)


def test_a_department_that_shares_sees_its_tickets_but_no_confidential_ones(shared, requester):
    theirs, secret = shared

    assert set(Ticket.objects.visible_to(requester)) == {theirs}
    assert policies.can_see(requester, theirs)
    assert not policies.can_see(requester, secret)


def test_a_colleague_reads_and_can_do_nothing(shared, requester, client_of):
    theirs, _secret = shared
    page = f"/tickets/{theirs.ref}/"
    client = client_of(requester)

    assert client.get(page).status_code == 200
    assert not policies.can_reply(requester, theirs)
    assert client.post(f"{page}replies/", {"body": "Me too"}).status_code == 403
    assert client.post(f"{page}followers/", {"who": "Kestrel"}).status_code == 403


def test_who_leaves_the_department_or_when_it_stops_sharing_sight_ends(shared, requester):
    department = requester.department
    department.shares_tickets = False
    department.save()

    assert not Ticket.objects.visible_to(User.objects.get(pk=requester.pk)).exists()


def test_another_department_shares_nothing_with_me(shared, make_ticket):
    elsewhere = make_person(
        "Ida Finch", department=Department.objects.create(name="Sales", shares_tickets=True)
    )

    assert not Ticket.objects.visible_to(elsewhere).exists()
