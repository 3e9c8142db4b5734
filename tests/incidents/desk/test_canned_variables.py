"""Variables of canned replies and macros: replaced once, never run (I9)."""

import pytest

from incidents.desk.canned import LABELS, VALUES, fill, unknown

PAYLOADS = [
    "{{7*7}}",
    "{{ settings.SECRET_KEY }}",
    "{{requester.password}}",
    "{{requester.display_name.__class__}}",
    "{% load static %}",
    "{% debug %}",
    "{0.__class__}",
    "{ticket.requester}",
    "%(x)s",
    "%s",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
]


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Dear {{requester.first_name}},", "Dear Robin,"),
        ("{{ requester.name }}", "Robin Kestrel"),
        ("{{ticket.title}}", "VPN keeps dropping"),
        ("{{agent.name}} / {{agent.first_name}}", "Sasha Vole / Sasha"),
        ("{{team.name}}", "Network"),
        ("Nothing to fill", "Nothing to fill"),
    ],
)
def test_variables_are_replaced(ticket, agent, text, filled):
    assert fill(text, ticket, agent) == filled


def test_the_number_is_as_people_say_it(ticket, agent):
    assert fill("About {{ticket.number}}", ticket, agent) == f"About {ticket.ref}"


def test_a_ticket_without_team_leaves_a_gap(make_ticket, agent):
    assert fill("[{{team.name}}]", make_ticket(category=None), agent) == "[]"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_whatever_else_looks_like_code_is_text(ticket, agent, payload):
    assert fill(payload, ticket, agent) == payload


@pytest.mark.parametrize("payload", [*PAYLOADS, "{{agent.name}}", "{{ticket.title}}"])
def test_code_in_the_ticket_is_text_and_not_filled_again(make_ticket, agent, payload):
    ticket = make_ticket(payload)

    assert fill("{{ticket.title}}", ticket, agent) == payload


def test_code_in_names_is_text(make_ticket, requester, agent):
    requester.display_name = "{{agent.name}} {{7*7}}"
    requester.save(update_fields=["display_name"])
    ticket = make_ticket()
    ticket.requester = requester

    assert fill("{{requester.name}}", ticket, agent) == "{{agent.name}} {{7*7}}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{{requester.name}} and {{ agent.name }}", []),
        ("{{7*7}} {{settings.SECRET_KEY}} {{7*7}}", ["{{7*7}}", "{{settings.SECRET_KEY}}"]),
        ("{{}}", ["{{}}"]),
        ("{0.__class__} %(x)s {% load %}", []),
    ],
)
def test_unknown_variables_are_named(text, found):
    assert unknown(text) == found


def test_every_variable_has_a_label():
    assert set(VALUES) == set(LABELS)
