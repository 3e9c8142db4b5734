"""The acts that bulk changes, macros, board and palette share."""

import json

import pytest

from accounts.errors import InvalidInput, NotAllowed
from accounts.models import Grant, Role
from incidents.desk import acts
from incidents.tickets.kinds import Kind
from incidents.workflow.priority import Priority
from incidents.workflow.states import Status


@pytest.fixture
def do(agent):
    """Fill an act's form in, keep its values as JSON, and run it."""

    def run(ticket, slug, by=None, **given):
        act = acts.find(slug)
        form = act.form(given, by=by or agent)
        assert form.is_valid(), form.errors
        values = json.loads(json.dumps(form.plain()))
        assert act.describe(values)
        act.run(ticket, by=by or agent, values=values)
        ticket.refresh_from_db()
        return act.describe(values)

    return run


def test_every_act_does_what_it_says(ticket, do, agent, lead, other_team, other_category, service):
    assert do(ticket, "take") == "Take it"
    assert ticket.assignee == agent
    assert do(ticket, "assign", to=lead.pk) == "Assign to Noor Aspen"
    assert ticket.assignee == lead
    assert "nobody has it" in do(ticket, "assign", to="nobody")
    assert ticket.assignee is None
    assert do(ticket, "priority", impact="many", urgency="stop").startswith("Set impact ")
    assert ticket.priority == Priority.P1
    assert do(ticket, "category", category=other_category.pk) == "Set category Laptop"
    assert ticket.category == other_category
    assert do(ticket, "service", service=service.pk) == "Set service VPN access"
    assert do(ticket, "service", service="") == "Set no service"
    assert do(ticket, "type", type="request") == "Set type Request"
    assert ticket.type == "request"
    assert do(ticket, "tags", add="VPN, #home office") == "Add the tags home-office, vpn"
    assert ticket.tags == ["home-office", "vpn"]
    do(ticket, "tags", remove="vpn")
    assert ticket.tags == ["home-office"]
    assert do(ticket, "escalate", text="It burns.") == "Escalate: “It burns.”"
    assert ticket.events.of_kind(Kind.ESCALATED).count() == 1
    do(ticket, "note", text="Gateway 2.")
    do(ticket, "reply", text="On it, {{requester.first_name}}.")
    assert ticket.messages.latest("pk").body == "On it, Robin."
    do(ticket, "status", to="waiting_other", text="The vendor.")
    assert ticket.status == Status.WAITING_OTHER
    do(ticket, "status", to="open")
    do(ticket, "resolve", code="fixed", text="{{ticket.number}} is fixed.")
    assert ticket.status == Status.RESOLVED
    do(ticket, "status", to="open", text="Not yet.")
    assert ticket.events.of_kind(Kind.REOPENED).count() == 1
    assert do(ticket, "team", to=other_team.pk) == "Hand over to Workplace"
    assert ticket.team == other_team


def test_priority_that_names_only_the_impact_leaves_the_urgency(ticket, do):
    before = ticket.urgency

    do(ticket, "priority", impact="many")

    assert (ticket.impact, ticket.urgency) == ("many", before)


@pytest.mark.parametrize(
    ("slug", "given", "field"),
    [
        ("assign", {"to": ""}, "to"),
        ("assign", {"to": "__class__"}, "to"),
        ("priority", {"override": "1"}, "reason"),
        ("category", {"category": "999999"}, "category"),
        ("type", {"type": ""}, "type"),
        ("type", {"type": "__class__"}, "type"),
        ("tags", {"add": " , "}, "add"),
        ("tags", {"add": "x" * 41}, "add"),
        ("status", {"to": "closed"}, "to"),
        ("status", {"to": "waiting_other"}, "text"),
        ("status", {"to": "waiting_requester", "text": " "}, "text"),
        ("resolve", {"text": "Done."}, "code"),
        ("reply", {"text": "Dear {{requester.password}}"}, "text"),
        ("note", {"text": ""}, "text"),
        ("escalate", {"text": " "}, "text"),
        ("escalate", {"text": "x" * 501}, "text"),
    ],
)
def test_a_form_says_what_is_wrong(agent, slug, given, field):
    form = acts.find(slug).form(given, by=agent)

    assert not form.is_valid()
    assert field in form.errors


def test_opening_a_resolved_ticket_again_says_which_words_are_missing(resolved, agent):
    with pytest.raises(InvalidInput, match="Write why it is opened again"):
        acts.find("status").run(resolved, by=agent, values={"to": "open", "text": ""})


def test_who_may_not_is_refused_by_the_verb(ticket, auditor, agent):
    for act in acts.ACTS.values():
        assert not act.may(auditor, ticket)
    with pytest.raises(NotAllowed):
        acts.find("note").run(ticket, by=auditor, values={"text": "Hm."})


def test_what_is_gone_since_it_was_chosen_is_refused(ticket, agent):
    with pytest.raises(InvalidInput):
        acts.find("service").run(ticket, by=agent, values={"service": 999999})

    assert acts.find("service").describe({"service": 999999}) == "Set service (gone)"


def test_only_people_one_may_give_tickets_to_are_offered(agent, lead, other_agent, manager):
    offered = dict(acts.find("assign").form(by=lead).fields["to"].choices)

    assert str(other_agent.pk) not in offered
    assert {str(agent.pk), str(lead.pk), str(manager.pk), "nobody"} <= set(offered)
    assert str(other_agent.pk) in dict(acts.find("assign").form(by=manager).fields["to"].choices)


def test_who_may_assign_nobody_is_offered_themselves(agent, lead, team):
    helper = Role.objects.create(
        name="Helper", slug="helper", permissions=["tickets.see", "tickets.work"]
    )
    Grant.objects.filter(user=agent).update(role=helper)

    offered = dict(acts.find("assign").form(by=agent).fields["to"].choices)
    assert set(offered) == {str(agent.pk), "nobody"}


def test_words_that_go_out_are_known_beforehand():
    tells = {slug for slug, act in acts.ACTS.items() if act.tells({"to": "waiting_other"})}

    assert tells == {"resolve", "reply"}
    assert acts.find("status").tells({"to": "waiting_requester", "text": "Which?"})


# Solved with an article -------------------------------------------------------------------------------------

DONE = {"code": "fixed", "text": "As it says there."}


def test_resolving_says_which_article_it_was(ticket, do, make_article):
    article = make_article()
    said = do(ticket, "resolve", article=article.title, **DONE)

    assert said == f"Resolve (Fixed) with the article “{article.title}”: “As it says there.”"
    assert ticket.solved_with == article


def test_an_article_that_was_renamed_since_is_the_same(ticket, agent, make_article):
    article = make_article()
    values = acts.find("resolve").form({**DONE, "article": article.slug}, by=agent)
    assert values.is_valid()
    article.former_slugs.create(slug=article.slug)
    type(article).objects.filter(pk=article.pk).update(slug="elsewhere")
    acts.find("resolve").run(ticket, by=agent, values=values.plain())

    ticket.refresh_from_db()
    assert ticket.solved_with == article


def test_an_article_one_does_not_find_is_refused_and_not_told(
    ticket, agent, make_article, other_team
):
    act, secret = (
        acts.find("resolve"),
        make_article("Plans of the board", audience="teams", teams=[other_team]),
    )
    secret.section.keepers.add(other_team)
    form = act.form({**DONE, "article": secret.slug}, by=agent)
    assert not form.is_valid()
    assert "none called" in form.errors["article"][0]

    kept = {**DONE, "article": secret.slug}
    assert "lans of the board" not in act.describe(kept)
    assert secret.slug not in act.describe(kept)
    assert secret.slug not in str(act.form(initial=kept, by=agent))
    with pytest.raises(InvalidInput):
        act.run(ticket, by=agent, values=kept)
