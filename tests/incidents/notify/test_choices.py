"""What people choose to hear, and that the rules listen."""

import pytest
from django.core import mail

from accounts.errors import NotAllowed, Refused
from accounts.models import AdminChange, Grant, Role
from incidents.notify import jobs
from incidents.notify.actions import choose
from incidents.notify.models import Channel, Choice, Delivery, TeamRule, Topic
from incidents.notify.rules import ALWAYS, RULES, TOPICS, usual
from incidents.tickets import actions

PAGE = "/notifications/choices/"


def boxes(page):
    return {way.name: way for row in page.context["rows"] for way in row.ways}


def test_every_kind_that_somebody_hears_has_a_topic():
    heard = {kind for kind, rule in RULES.items() if rule.heard_by}

    assert heard == set(TOPICS)
    assert usual() >= ALWAYS


def test_without_a_choice_the_rules_hold(client_of, requester, agent):
    employees, staff = boxes(client_of(requester).get(PAGE)), boxes(client_of(agent).get(PAGE))

    channels = ("mail", "bell", "push")  # no service is offered
    assert set(employees) == {
        f"{topic}-{channel}"
        for topic in ("receipt", "replies", "progress", "reading")
        for channel in channels
    }
    assert {name for name, way in employees.items() if not way.is_wanted} == {
        "receipt-push", "reading-push",
    }  # fmt: skip
    assert set(staff) == {f"{topic}-{channel}" for topic in Topic for channel in channels}
    off = {name for name, way in staff.items() if not way.is_wanted}
    assert off == {
        "team-mail", "notes-mail", "mentions-mail",
        "receipt-push", "team-push", "notes-push", "articles-push", "reading-push",
    }  # fmt: skip


def test_who_wants_no_mail_about_replies_gets_none_but_hears_the_bell(
    ticket, requester, agent, last, heard
):
    choose(by=requester, topic=Topic.REPLIES, channel=Channel.MAIL, wanted=False)

    actions.reply(ticket, "Try Automatic.", by=agent)

    assert heard(last()) == {("Robin", "bell")}


def test_a_choice_is_ones_own(ticket, requester, other_requester, agent, last, heard):
    actions.follow(ticket, who=other_requester, by=requester)
    choose(by=requester, topic=Topic.REPLIES, channel=Channel.MAIL, wanted=False)

    actions.reply(ticket, "Try Automatic.", by=agent)

    assert heard(last()) == {("Robin", "bell"), ("Mika", "bell"), ("Mika", "mail")}


def test_who_wants_no_receipt_gets_none(make_ticket, requester, agent, heard):
    choose(by=requester, topic=Topic.RECEIPT, channel=Channel.MAIL, wanted=False)

    assert heard(make_ticket().events.get()) == {("Sasha", "bell")}


def test_more_than_the_rules_say_can_be_wanted_too(make_ticket, requester, agent, heard):
    choose(by=agent, topic=Topic.TEAM, channel=Channel.MAIL, wanted=True)

    event = make_ticket().events.get()
    assert heard(event) == {("Robin", "mail"), ("Sasha", "bell"), ("Sasha", "mail")}
    jobs.send_due()
    told = next(letter for letter in mail.outbox if letter.to[0].endswith(f"<{agent.email}>"))
    assert "You get this because you chose to hear it by mail." in told.body


def test_wanting_more_shows_nothing_that_one_may_not_see(
    make_ticket, agent, other_agent, other_category, heard
):
    choose(by=agent, topic=Topic.TEAM, channel=Channel.MAIL, wanted=True)

    assert ("Sasha", "mail") not in heard(make_ticket(category=other_category).events.get())


def test_somebody_who_hears_for_two_reasons_needs_only_one(
    ticket, requester, agent, lead, last, heard
):
    """A follower of the team who wants no rings for the team still hears replies to what they follow."""
    actions.follow(ticket, who=agent, by=agent)
    choose(by=agent, topic=Topic.TEAM, channel=Channel.BELL, wanted=False)
    choose(by=lead, topic=Topic.TEAM, channel=Channel.BELL, wanted=False)

    actions.reply(ticket, "Any news?", by=requester)

    assert heard(last()) == {("Sasha", "bell"), ("Sasha", "mail")}


def test_being_given_a_ticket_always_rings(ticket, agent, lead, last, heard):
    with pytest.raises(Refused, match="always"):
        choose(by=agent, topic=Topic.ASSIGNED, channel=Channel.BELL, wanted=False)
    Choice.objects.create(user=agent, topic="assigned", channel="bell", is_wanted=False)
    choose(by=agent, topic=Topic.ASSIGNED, channel=Channel.MAIL, wanted=False)

    actions.assign(ticket, to=agent, by=lead)

    assert heard(last()) == {("Sasha", "bell")}


def test_mail_of_a_topic_can_come_in_the_morning(client_of, requester):
    browser = client_of(requester)
    shown = boxes(browser.get(PAGE))
    ticked = {name: "1" for name, way in shown.items() if way.is_wanted}

    browser.post(PAGE, ticked | {"replies-mail": "daily"})

    way = boxes(browser.get(PAGE))["replies-mail"]
    assert (way.is_wanted, way.is_daily) == (True, True)
    assert Choice.objects.get().is_daily


def test_only_mail_can_wait_for_the_morning(requester):
    choose(by=requester, topic=Topic.REPLIES, channel=Channel.BELL, wanted=True, daily=True)

    assert not Choice.objects.exists()


def test_a_teams_rule_counts_for_its_people_until_they_choose(
    make_ticket, agent, team, category, heard
):
    TeamRule.objects.create(team=team, topic="team", channel="mail", is_wanted=True)
    assert ("Sasha", "mail") in heard(make_ticket(category=category).events.get())

    choose(by=agent, topic=Topic.TEAM, channel=Channel.MAIL, wanted=False)
    assert Choice.objects.get().is_wanted is False  # it is not as the team has it
    assert ("Sasha", "mail") not in heard(make_ticket(category=category).events.get())

    choose(by=agent, topic=Topic.TEAM, channel=Channel.MAIL, wanted=True)
    assert not Choice.objects.exists()


def test_an_administrator_sets_what_a_team_hears_and_takes_it_back(client_of, admin, make_ticket, agent, team, heard):  # fmt: skip
    browser, page = client_of(admin), "/admin/notify/teamrule/"
    typed = {"team": team.pk, "topic": "team", "channel": "mail", "is_wanted": "on"}
    assert browser.post(f"{page}add/", typed).status_code == 302
    assert ("Sasha", "mail") in heard(make_ticket().events.get())

    assert browser.post(f"{page}add/", typed).status_code == 422
    rule = TeamRule.objects.get()
    assert browser.post(f"{page}{rule.pk}/delete/", {"post": "yes"}).status_code == 302
    assert ("Sasha", "mail") not in heard(make_ticket().events.get())
    assert AdminChange.objects.filter(kind="notify.teamrule").count() == 2


def test_of_two_teams_the_one_that_tells_more_counts(make_ticket, agent, team, other_team, heard):
    Grant.objects.create(user=agent, role=Role.objects.get(slug="agent"), team=other_team)
    TeamRule.objects.create(team=other_team, topic="team", channel="bell", is_wanted=False)
    assert ("Sasha", "bell") not in heard(make_ticket().events.get())

    TeamRule.objects.create(team=team, topic="team", channel="bell", is_wanted=True)
    assert ("Sasha", "bell") in heard(make_ticket().events.get())


def test_a_team_cannot_silence_what_is_always_told(ticket, agent, lead, team, last, heard):
    TeamRule.objects.create(team=team, topic="assigned", channel="bell", is_wanted=False)

    actions.assign(ticket, to=agent, by=lead)

    assert ("Sasha", "bell") in heard(last())


def test_what_is_for_staff_is_not_for_others(requester):
    with pytest.raises(NotAllowed):
        choose(by=requester, topic=Topic.NOTES, channel=Channel.MAIL, wanted=True)


def test_only_what_differs_has_a_row(requester):
    choose(by=requester, topic=Topic.REPLIES, channel=Channel.MAIL, wanted=True)
    assert not Choice.objects.exists()

    choose(by=requester, topic=Topic.REPLIES, channel=Channel.MAIL, wanted=False)
    choose(by=requester, topic=Topic.REPLIES, channel=Channel.MAIL, wanted=False)
    assert Choice.objects.get().is_wanted is False

    choose(by=requester, topic=Topic.REPLIES, channel=Channel.MAIL, wanted=True)
    assert not Choice.objects.exists()


def test_the_form_keeps_what_is_ticked(client_of, requester):
    browser = client_of(requester)
    shown = boxes(browser.get(PAGE))
    ticked = {name: "1" for name, way in shown.items() if way.is_wanted and name != "progress-mail"}

    page = browser.post(PAGE, ticked, follow=True)

    assert page.redirect_chain == [(PAGE, 302)]
    assert "Saved." in page.text
    assert not boxes(page)["progress-mail"].is_wanted
    assert Choice.objects.count() == 1


def test_nothing_ticked_leaves_what_is_always_told(client_of, agent):
    browser = client_of(agent)

    browser.post(PAGE, {})

    left = {name for name, way in boxes(browser.get(PAGE)).items() if way.is_wanted}
    assert left == {"assigned-bell", "escalated-bell"}


def test_what_the_form_does_not_know_is_ignored(client_of, requester):
    client_of(requester).post(PAGE, {"notes-mail": "1", "evil-mail": "1", "replies-fax": "1"})

    assert {choice.topic for choice in Choice.objects.all()} == {
        "receipt",
        "replies",
        "progress",
        "reading",
    }


def test_looking_changes_nothing_and_the_bells_page_leads_there(client_of, requester):
    browser = client_of(requester)
    browser.get(PAGE)

    assert not Choice.objects.exists()
    assert f'href="{PAGE}"' in browser.get("/notifications/").text


@pytest.mark.parametrize("followers", [1, 12])
def test_choices_cost_one_query_however_many_hear(
    ticket, agent, requester, followers, make_people, django_assert_max_num_queries
):
    for person in make_people(followers):
        actions.follow(ticket, who=person, by=requester)
    event = actions.reply(ticket, "Done.", by=agent)
    from incidents.notify.rules import hearers

    with django_assert_max_num_queries(6):
        assert len(hearers(event)) == 2 * (followers + 1)
    assert Delivery.objects.filter(event=event).count() == 2 * (followers + 1)


@pytest.fixture
def make_people(db):
    from tests.conftest import make_person

    return lambda number: [make_person(f"Follower {n}") for n in range(number)]
