"""Priority, category, service, title, team, followers, links."""

import pytest

from accounts.errors import EditConflict, InvalidInput, NotAllowed
from incidents.tickets import actions, policies
from incidents.tickets.errors import IllegalTransition
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Link, Ticket
from incidents.workflow.priority import MATRIX, Impact, Urgency, of
from tests.conftest import make_person


@pytest.mark.parametrize(("impact", "urgency"), [(i, u) for i in Impact for u in Urgency])
def test_the_matrix_has_every_cell_and_never_ranks_wider_or_sooner_lower(impact, urgency):
    assert of(impact, urgency) == MATRIX[impact, urgency]
    wider = [of(i, urgency) for i in (Impact.ME, Impact.TEAM, Impact.MANY)]
    sooner = [of(impact, u) for u in (Urgency.LOW, Urgency.SLOW, Urgency.STOP)]
    assert wider == sorted(wider, reverse=True)
    assert sooner == sorted(sooner, reverse=True)


def test_priority_follows_a_change_of_impact(ticket, agent):
    actions.set_priority(ticket, impact="many", urgency="stop", by=agent)

    ticket.refresh_from_db()
    assert (ticket.priority, ticket.priority_by_hand) == (1, False)


def test_by_hand_needs_a_reason(ticket, agent):
    with pytest.raises(InvalidInput):
        actions.set_priority(ticket, override=1, by=agent)

    actions.set_priority(ticket, override=1, reason="The board meets at ten", by=agent)

    ticket.refresh_from_db()
    assert (ticket.priority, ticket.priority_by_hand) == (1, True)


def test_setting_the_same_priority_records_nothing(ticket, agent):
    actions.set_priority(ticket, override=ticket.priority, by=agent)

    assert ticket.events.count() == 1


def test_category_service_and_title_change_and_are_recorded(ticket, agent, other_category, service):
    actions.categorise(ticket, category=other_category, by=agent)
    actions.set_service(ticket, service=service, by=agent)
    actions.retitle(ticket, "VPN drops at home", by=agent)

    ticket.refresh_from_db()
    assert (ticket.category, ticket.service, ticket.title) == (
        other_category,
        service,
        "VPN drops at home",
    )
    assert ticket.events.count() == 4


def test_the_same_again_records_nothing(ticket, agent):
    actions.categorise(ticket, category=ticket.category, by=agent)
    actions.set_service(ticket, service=None, by=agent)
    actions.retitle(ticket, ticket.title, by=agent)

    assert ticket.events.count() == 1


def test_retired_categories_and_services_are_refused(ticket, agent, other_category, service):
    for row in (other_category, service):
        row.is_retired = True
        row.save()
    with pytest.raises(InvalidInput):
        actions.categorise(ticket, category=other_category, by=agent)
    with pytest.raises(InvalidInput):
        actions.set_service(ticket, service=service, by=agent)


def test_a_category_that_somebody_else_changed_meanwhile_is_a_conflict(
    ticket, agent, lead, other_category, category
):
    seen = ticket.version
    actions.categorise(ticket, category=other_category, by=lead)

    with pytest.raises(EditConflict):
        actions.categorise(ticket, category=category, by=agent, expected=seen)


def test_handing_over_moves_it_and_nobody_has_it(ticket, agent, other_team, other_agent):
    actions.take(ticket, by=agent)
    actions.move(ticket, to=other_team, by=agent)

    ticket.refresh_from_db()
    assert (ticket.team, ticket.assignee) == (other_team, None)
    assert policies.can_work(other_agent, ticket)
    assert not Ticket.objects.seen_as_staff_by(agent).filter(pk=ticket.pk).exists()


def test_outsiders_change_nothing(ticket, requester, other_agent, auditor, category, other_team):
    for person in (requester, other_agent, auditor):
        for attempt in (
            lambda p=person: actions.categorise(ticket, category=category, by=p),
            lambda p=person: actions.set_service(ticket, service=None, by=p),
            lambda p=person: actions.retitle(ticket, "x", by=p),
            lambda p=person: actions.set_priority(ticket, impact="many", by=p),
            lambda p=person: actions.move(ticket, to=other_team, by=p),
            lambda p=person: actions.draft_article(ticket, by=p),
        ):
            with pytest.raises(NotAllowed):
                attempt()
    assert ticket.events.count() == 1


def test_a_closed_ticket_is_not_edited(ticket, agent, requester, category, other_team):
    actions.resolve(ticket, "Done", code="fixed", by=agent)
    actions.confirm(ticket, by=requester)
    for attempt in (
        lambda: actions.categorise(ticket, category=category, by=agent),
        lambda: actions.retitle(ticket, "x", by=agent),
        lambda: actions.set_priority(ticket, impact="many", by=agent),
        lambda: actions.move(ticket, to=other_team, by=agent),
    ):
        with pytest.raises(IllegalTransition):
            attempt()


def test_following_opens_the_ticket_to_a_colleague_and_ends(ticket, requester, other_requester):
    actions.follow(ticket, who=other_requester, by=requester)
    actions.follow(ticket, who=other_requester, by=requester)
    assert Ticket.objects.visible_to(other_requester).filter(pk=ticket.pk).exists()
    assert ticket.events.of_kind(Kind.FOLLOWED).count() == 1

    actions.unfollow(ticket, who=other_requester, by=other_requester)
    assert not Ticket.objects.visible_to(other_requester).filter(pk=ticket.pk).exists()


def test_strangers_add_nobody_not_even_themselves(ticket, other_requester):
    with pytest.raises(NotAllowed):
        actions.follow(ticket, who=other_requester, by=other_requester)


def test_a_link_stands_in_both_logs_and_only_for_staff(make_ticket, agent):
    one, other = make_ticket(), make_ticket("Another")
    actions.link(one, to=other, kind="duplicate_of", by=agent)
    actions.link(one, to=other, kind="duplicate_of", by=agent)

    assert Link.objects.count() == 1
    for ticket in (one, other):
        event = ticket.events.get(kind="linked")
        assert not event.is_public

    actions.unlink(one, to=other, kind="duplicate_of", by=agent)
    assert not Link.objects.exists()


def test_no_link_to_itself_or_to_what_one_may_not_see(make_ticket, agent, other_category):
    one, hidden = make_ticket(), make_ticket("Elsewhere", category=other_category)
    with pytest.raises(InvalidInput):
        actions.link(one, to=one, kind="related", by=agent)
    with pytest.raises(NotAllowed):
        actions.link(one, to=hidden, kind="related", by=agent)


def test_a_draft_article_holds_what_was_public(ticket, agent):
    actions.note(ticket, "secret host fs-02", by=agent)
    actions.resolve(ticket, "Power saving was on; off now.", code="fixed", by=agent)

    article = actions.draft_article(ticket, by=agent)

    assert article.state == "draft"
    assert "drops every few minutes" in article.body
    assert "Power saving was on" in article.body
    assert "fs-02" not in article.body


def test_asking_twice_for_an_article_is_one_draft(ticket, agent):
    assert actions.draft_article(ticket, by=agent) == actions.draft_article(ticket, by=agent)
    assert ticket.events.of_kind(Kind.ARTICLE_DRAFTED).count() == 1


def test_a_private_teams_ticket_gives_its_words_to_no_draft(make_ticket, private_team):
    from incidents.tickets.models import Category

    breach = Category.objects.create(name="Break-in", slug="break-in", default_team=private_team)
    insider = make_person("Ines Plover", ("agent", private_team))
    article = actions.draft_article(make_ticket("secret title", category=breach), by=insider)

    assert "secret" not in article.title
    assert "drops every few minutes" not in article.body
