"""Filing a ticket."""

import pytest

from accounts.errors import InvalidInput, KeyReused, NotAllowed
from accounts.models import Role
from incidents.tickets import actions
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Event, Message, Ticket
from incidents.workflow.priority import Impact, Priority, Urgency
from tests.threads import together


def test_a_filed_ticket_has_number_first_message_and_event(requester, category):
    ticket = actions.file(
        "VPN drops", by=requester, description="Every few minutes", category=category
    )

    assert ticket.ref.startswith("INC-")
    assert ticket.status == "new"
    assert ticket.messages.get().body == "Every few minutes"
    assert list(ticket.events.values_list("number", "kind")) == [(1, Kind.FILED)]


def test_it_goes_to_the_team_of_its_category_or_of_the_nearest_one_above(requester, category, team):
    child = type(category).objects.create(name="Home office", slug="home", parent=category)

    ticket = actions.file("No VPN at home", by=requester, description="It hangs", category=child)

    assert ticket.team == team


def test_priority_follows_impact_and_urgency(make_ticket):
    ticket = make_ticket(impact=Impact.MANY, urgency=Urgency.STOP)

    assert ticket.priority == Priority.P1


def test_on_behalf_of_somebody_both_are_on_the_ticket(make_ticket, requester, other_requester):
    ticket = make_ticket(requester=other_requester)

    assert (ticket.requester, ticket.reporter) == (other_requester, requester)
    for person in (requester, other_requester):
        assert Ticket.objects.visible_to(person).filter(pk=ticket.pk).exists()


def test_who_may_not_report_for_others_is_refused(make_ticket, requester, other_requester):
    Role.objects.filter(is_everybody=True).update(permissions=[])

    with pytest.raises(NotAllowed):
        make_ticket(requester=other_requester)
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    ("title", "description", "field"),
    [("  ", "x", "title"), ("x", " \n", "description"), ("x" * 201, "x", "title")],
)
def test_what_is_missing_is_named_and_nothing_is_saved(make_ticket, title, description, field):
    with pytest.raises(InvalidInput) as refusal:
        make_ticket(title, description=description)

    assert refusal.value.field == field
    assert not Ticket.objects.exists()
    assert not Message.objects.exists()


def test_a_retired_category_takes_no_tickets(make_ticket, category):
    category.is_retired = True
    category.save()

    with pytest.raises(InvalidInput, match="no new tickets"):
        make_ticket()


def test_one_key_makes_one_ticket(make_ticket):
    first = make_ticket(key="k1")
    again = make_ticket(key="k1")

    assert first == again
    assert Ticket.objects.count() == Event.objects.count() == 1


def test_a_key_used_for_other_words_is_refused(make_ticket):
    make_ticket(key="k1")

    with pytest.raises(KeyReused):
        make_ticket("Something else", key="k1")


def test_two_people_may_use_the_same_key(make_ticket, other_requester):
    assert make_ticket(key="k1") != make_ticket(key="k1", by=other_requester)


@pytest.mark.django_db(transaction=True)
def test_twelve_at_the_same_moment_make_one_ticket(make_ticket):
    made = together(12, lambda: make_ticket(key="same").pk)

    assert len(set(made)) == 1
    assert Ticket.objects.count() == 1


def test_control_characters_never_reach_the_database(make_ticket):
    ticket = make_ticket("VPN\x00 down\r\nnow", description="a\x00b")

    assert ticket.title == "VPN down now"
    assert ticket.messages.get().body == "ab"
