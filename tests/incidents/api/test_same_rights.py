"""L9: a program sees exactly what its person sees on the pages, ticket by ticket and list by list."""

import random
import re

import pytest

from incidents.tickets import actions
from incidents.tickets.models import Category, Ticket
from tests.conftest import make_person
from tests.security.test_filter_keys import FIXED, paths


@pytest.fixture
def cast(requester, other_requester, agent, other_agent, manager, auditor, private_team):
    security = make_person("Vic Stone", ("agent", private_team))
    return [requester, other_requester, agent, other_agent, manager, auditor, security]


@pytest.fixture
def everything(make_ticket, other_category, private_team, team, other_requester, department):
    """A ticket of each sort that some see and others don't."""
    secret = Category.objects.create(name="Break-in", slug="break-in", default_team=private_team)
    pay = Category.objects.create(
        name="Pay", slug="pay", default_team=team, is_confidential=True, is_confined=True
    )
    homeless = Category.objects.create(name="Else", slug="else")
    made = [
        make_ticket("Usual"),
        make_ticket("Of the other team", category=other_category),
        make_ticket("Of a private team", category=secret),
        make_ticket("Confidential", category=pay),
        make_ticket("Of nobody", category=homeless),
        make_ticket("Of somebody else", by=other_requester),
    ]
    actions.follow(made[1], who=other_requester, by=made[1].requester)
    return made


def test_each_ticket_is_there_or_not_as_on_its_page(cast, everything, client_of, program_of):
    for person in cast:
        browser, program = client_of(person), program_of(person)
        for ticket in everything:
            page = browser.get(ticket.get_absolute_url()).status_code
            told = program.get(f"/tickets/{ticket.ref}")
            assert (page, person.display_name, ticket.title) == (told.status_code, person.display_name, ticket.title)  # fmt: skip
            if page == 200:
                as_staff = Ticket.objects.seen_as_staff_by(person).filter(pk=ticket.pk).exists()
                assert (told.json()["staff"] is not None) == as_staff


def test_lists_hold_the_same(cast, everything, client_of, program_of):
    for person in cast:
        browser, program = client_of(person), program_of(person)
        desk = browser.get("/desk/all/")
        if desk.status_code == 403:
            assert program.get("/tickets").status_code == 403
        else:
            shown = set(re.findall(r"/desk/tickets/(INC-\d+)/", desk.content.decode()))
            told = {one["ref"] for one in program.get("/tickets").json()["items"]}
            assert told == shown & {ticket.ref for ticket in everything}
        for state in ("open", "following"):
            page = browser.get(f"/tickets/?state={state}").content.decode()
            shown = set(re.findall(r'href="/tickets/(INC-\d+)/', page))
            told = {one["ref"] for one in program.get(f"/my/tickets?state={state}").json()["items"]}
            assert told == shown & {ticket.ref for ticket in everything}


def test_messages_are_those_of_the_page(cast, everything, agent, client_of, program_of):
    ticket = everything[0]
    actions.note(ticket, "zqnote between us", by=agent)
    actions.reply(ticket, "zqreply to you", by=agent)
    for person in cast:
        answer = program_of(person).get(f"/tickets/{ticket.ref}/messages")
        if answer.status_code == 404:
            continue
        browser = client_of(person)
        page = browser.get(ticket.desk_url if person.is_agent else ticket.get_absolute_url())
        shown = set(re.findall("zqnote|zqreply", page.content.decode()))
        assert set(re.findall("zqnote|zqreply", answer.content.decode())) == shown, person


@pytest.mark.parametrize("asked", FIXED, ids=lambda asked: next(iter(asked.items()))[0])
def test_known_payloads_are_refused(program_of, agent, ticket, asked):
    from django.utils.http import urlencode

    answer = program_of(agent).get(f"/tickets?{urlencode(asked)}")
    assert answer.status_code in {400, 422}
    assert ticket.ref not in answer.content.decode()


def test_made_up_paths_are_refused(program_of, agent, ticket):
    program, chance = program_of(agent), random.Random(20261129)
    for name in chance.sample(paths(), 60):
        value = chance.choice(["1", "a", "pbkdf2", "True"])
        for path in (f"/tickets?{name}={value}", f"/tickets?sort={name}", f"/my/tickets?{name}={value}", f"/articles?{name}={value}"):  # fmt: skip
            answer = program.get(path)
            assert answer.status_code == 400, path
            assert ticket.ref not in answer.content.decode()
