"""An article from a ticket: symptom, cause and fix stand where the outline asks for them; nothing internal slips in."""

import pytest

from incidents.tickets import actions
from incidents.tickets.models import Service


@pytest.fixture
def found_out(ticket, agent):
    cause = actions.state_hypothesis(ticket, "Power saving of the adapter", by=agent)
    actions.state_hypothesis(ticket, "Sunspots", by=agent)
    actions.settle_hypothesis(ticket, cause.pk, to="confirmed", by=agent)
    return ticket


def test_a_ticket_with_a_cause_becomes_a_known_error(found_out, agent):
    actions.resolve(found_out, "Switch power saving off.", code="fixed", by=agent)

    article = actions.draft_article(found_out, by=agent)

    wrong, why, until = (
        article.body.index(f"## {words}")
        for words in ("What goes wrong", "Why", "What to do until")
    )
    assert article.kind == "known_error"
    assert wrong < article.body.index("drops every few minutes") < why
    assert why < article.body.index("Power saving of the adapter") < until
    assert until < article.body.index("Switch power saving off.")
    assert "Sunspots" not in article.body


def test_a_cause_is_marked_as_internal(found_out, agent):
    body = actions.draft_article(found_out, by=agent).body
    assert (
        f"> [!WARNING] Internal, from {found_out.ref}: look at it before you publish\n> Power saving"
        in body
    )


def test_a_fix_without_a_cause_becomes_a_how_to(ticket, agent):
    actions.note(ticket, "secret host fs-02", by=agent)
    actions.resolve(ticket, "Switch power saving off.", code="fixed", by=agent)

    article = actions.draft_article(ticket, by=agent)

    assert article.kind == "how_to"
    assert article.body.index("## What to do") < article.body.index("Switch power saving off.")
    assert "fs-02" not in article.body


def test_tags_and_service_come_along(ticket, agent):
    ticket.service = Service.objects.create(name="VPN", slug="vpn-service")
    ticket.save(update_fields=["service"])
    actions.tag(ticket, add=["home-office"], by=agent)

    article = actions.draft_article(ticket, by=agent)

    assert (article.tags, article.service_slug) == (["home-office"], "vpn-service")


def test_what_helps_for_now_stands_first_for_readers(found_out, agent, editor, client_of):
    from knowledge import actions as knowledge

    actions.resolve(found_out, "Switch power saving off.", code="fixed", by=agent)
    article = actions.draft_article(found_out, by=agent)
    page = client_of(editor).get(knowledge.publish(article, by=editor).get_absolute_url())

    text = page.content.decode()
    assert (
        text.index("What helps for now")
        < text.index("Switch power saving off.")
        < text.index("What goes wrong")
    )
