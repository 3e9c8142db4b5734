"""Somebody leaves: what they have is shown, goes where it is meant to, and their access ends."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from incidents.desk import jobs, leaving, sight
from incidents.desk.models import Handover
from incidents.tickets import actions
from incidents.tickets.actions.categories import add_category
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Ticket
from knowledge import actions as knowledge
from tests.conftest import make_person


def page(person) -> str:
    return f"/admin/people/{person.pk}/leaving/"


@pytest.fixture
def two_tickets(make_ticket, agent):
    return [actions.take(make_ticket(title), by=agent) for title in ("VPN drops", "VPN slow")]


def test_what_they_have_is_shown_by_team(admin, client_of, agent, lead, two_tickets):
    html = client_of(admin).get(page(agent)).content.decode()

    assert "Network: 2 tickets" in html
    assert lead.display_name in html
    assert agent.is_active


def test_tickets_go_to_the_colleague_who_was_named(
    admin, client_of, agent, lead, team, two_tickets
):
    answer = client_of(admin).post(page(agent), {f"team-{team.pk}": lead.pk}, follow=True)

    assert "2 tickets went to colleagues." in answer.content.decode()
    for ticket in Ticket.objects.all():
        assert ticket.assignee == lead
        assert ticket.events.filter(kind=Kind.ASSIGNED).count() == 2
    assert not User.objects.get(pk=agent.pk).is_active


def test_without_a_name_they_go_back_to_the_queue(admin, client_of, agent, team, two_tickets):
    client_of(admin).post(page(agent), {})

    assert set(Ticket.objects.values_list("assignee", "team")) == {(None, team.pk)}
    handover = Handover.objects.get()
    assert (handover.queued, handover.given, handover.refused) == (2, 0, [])
    assert handover.finished_at


def test_what_a_colleague_may_not_have_goes_to_the_queue_and_is_named(
    admin, client_of, agent, other_agent, team, two_tickets
):
    answer = client_of(admin).post(page(agent), {f"team-{team.pk}": other_agent.pk}, follow=True)

    assert not Ticket.objects.filter(assignee__isnull=False).exists()
    html = answer.content.decode()
    assert two_tickets[0].ref in html
    assert "does not work on tickets of this team" in html


def test_a_private_teams_tickets_are_left_to_nobody_who_left(
    client_of, admin, make_ticket, private_team
):
    """Though the administrator sees none of them."""
    insider = make_person("Sam Insider", ("agent", private_team))
    secret = add_category("Secret", by=admin, default_team=private_team)
    ticket = actions.take(make_ticket(category=secret), by=insider)

    client_of(admin).post(page(insider), {})

    ticket.refresh_from_db()
    assert ticket.assignee is None
    assert (
        ticket.events.filter(kind=Kind.ASSIGNED).order_by("-number")[0].actor
        == User.objects.system()
    )


def test_articles_get_another_owner(admin, client_of, editor, make_article):
    article = make_article()
    knowledge.set_owner(article, by=editor, owner=editor)
    other = make_person("Ona Wren", "knowledge-editor")

    client_of(admin).post(page(editor), {"articles": other.pk})

    article.refresh_from_db()
    assert article.owner == other


def test_an_owner_who_may_not_write_is_refused_by_name(
    admin, client_of, editor, make_article, agent, requester
):
    article = make_article()
    knowledge.set_owner(article, by=editor, owner=editor)

    client_of(admin).post(page(editor), {"articles": requester.pk})

    article.refresh_from_db()
    assert article.owner is None
    assert Handover.objects.get().refused[0][0] == article.title


def test_many_are_handed_over_by_the_queue_and_survive_a_lost_worker(
    admin, client_of, agent, lead, team, two_tickets, monkeypatch
):
    monkeypatch.setattr(leaving, "AT_ONCE", 1)
    monkeypatch.setattr(leaving, "AT_A_TIME", 1)
    client_of(admin).post(page(agent), {f"team-{team.pk}": lead.pk})
    handover = Handover.objects.get()
    assert handover.finished_at is None
    assert "still to go" in client_of(admin).get(page(agent)).content.decode()

    assert leaving.forgotten() == [handover.pk]
    leaving.go_on(handover.pk)
    leaving.go_on(handover.pk)

    handover.refresh_from_db()
    assert (handover.given, bool(handover.finished_at)) == (2, True)
    assert set(Ticket.objects.values_list("assignee", flat=True)) == {lead.pk}


def test_the_switch_on_the_persons_page_asks_for_this_first(admin, client_of, agent, two_tickets):
    from tests.accounts.test_administration import person_form

    form = person_form(agent)
    del form["is_active"]
    answer = client_of(admin).post(f"/admin/accounts/user/{agent.pk}/change/", form)

    assert answer.status_code == 409
    assert "still have open work" in answer.content.decode()
    assert User.objects.get(pk=agent.pk).is_active


@pytest.mark.parametrize("chosen", ["x", "-1", "999999", "1" * 30])
def test_somebody_who_is_not_in_the_list_is_refused(
    chosen, admin, client_of, agent, team, two_tickets
):
    answer = client_of(admin).post(page(agent), {f"team-{team.pk}": chosen})

    assert answer.status_code == 422
    assert User.objects.get(pk=agent.pk).is_active
    assert Ticket.objects.filter(assignee=agent).count() == 2


def test_the_last_administrator_stays_with_everything(admin, client_of, two_tickets):
    other = make_person("Hana Plover")
    from accounts.models import Role

    other.grants.create(role=Role.objects.create(name="P", slug="p", permissions=["people.manage"]))

    answer = client_of(other).post(page(admin), {})

    assert answer.status_code == 409
    assert "Nobody would be left to manage roles" in answer.content.decode()
    assert not Handover.objects.exists()


def test_the_auditor_reads_and_others_have_nothing_here(
    auditor, manager, agent, client_of, two_tickets
):
    assert client_of(auditor).get(page(agent)).status_code == 200
    assert client_of(auditor).post(page(agent), {}).status_code == 403
    assert client_of(manager).get(page(agent)).status_code == 403
    assert User.objects.get(pk=agent.pk).is_active


# What somebody sees and does ------------------------------------------------------------------------------------


def asked(client, person, words) -> str:
    return client.get(f"/admin/people/{person.pk}/sight/", {"q": words}).content.decode()


def test_the_page_tells_permissions_queues_and_closed_matters(
    admin, client_of, agent, private_team
):
    add_category("Secret", by=admin, default_team=private_team, is_confidential=True)

    html = client_of(admin).get(f"/admin/people/{agent.pk}/sight/").content.decode()

    assert "Change priority" in html
    assert "sees and works on its tickets" in html
    assert "does not see its tickets" in html
    assert "Secret" in html


def test_yes_and_no_come_with_the_reason(
    admin, client_of, agent, other_agent, requester, other_requester, ticket
):
    client = client_of(admin)

    assert "Yes, Sasha Vole sees it" in asked(client, agent, ticket.ref)
    assert "By their roles they see tickets of Network" in asked(client, agent, ticket.ref)
    assert "No, Bea Otter does not see it" in asked(client, other_agent, ticket.ref)
    assert "They reported it" in asked(client, requester, ticket.ref)
    assert "No role of theirs shows tickets of others." in asked(
        client, other_requester, str(ticket.number)
    )


def test_what_who_asks_does_not_see_is_not_told(
    admin, auditor, client_of, make_ticket, private_team
):
    secret = add_category("Secret", by=admin, default_team=private_team)
    ticket = make_ticket("Hidden title", category=secret)

    html = asked(client_of(auditor), ticket.requester, ticket.ref)

    assert "Hidden title" not in html
    assert "You see no ticket or article of that name yourself" in html


def test_articles_are_answered_too(admin, client_of, agent, requester, make_article):
    article = make_article("Only for staff", audience="staff")
    client = client_of(admin)

    assert "Yes, Sasha Vole sees it" in asked(client, agent, "only for staff")
    assert "No, Robin Kestrel does not see it" in asked(client, requester, f"/kb/{article.slug}/")


@pytest.mark.parametrize("words", ["", "\x00", "INC-999999999", "<b>", "9" * 40, "x" * 5000])
def test_odd_questions_are_answered_plainly(words, admin, client_of, agent):
    assert "<b>&lt;" not in asked(client_of(admin), agent, words)


def test_the_answer_is_the_predicates_own(
    admin, agent, other_agent, lead, manager, requester, other_requester, ticket, auditor
):
    for person in (agent, other_agent, lead, manager, requester, other_requester, auditor):
        verdict = sight.judge(person, ticket.ref, reader=admin)
        assert verdict.yes == Ticket.objects.visible_to(person).filter(pk=ticket.pk).exists()
        assert verdict.reasons


def test_sight_is_for_who_manages_people_or_roles(manager, auditor, agent, client_of):
    assert client_of(auditor).get(f"/admin/people/{agent.pk}/sight/").status_code == 200
    assert client_of(manager).get(f"/admin/people/{agent.pk}/sight/").status_code == 403
    assert client_of(auditor).get("/admin/people/999999/sight/").status_code == 404


def test_what_became_of_it_is_forgotten_after_some_weeks(agent, other_agent, admin):
    old, young = (Handover.objects.create(person=one, by=admin) for one in (agent, other_agent))
    for one, days in ((old, 43), (young, 41)):
        one.finished_at = timezone.now() - timedelta(days=days)
        one.save()
    waiting = Handover.objects.create(person=other_agent, by=admin)

    jobs.tidy()

    assert set(Handover.objects.all()) == {young, waiting}
