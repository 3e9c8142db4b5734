"""Hypotheses about the cause."""

import pytest

from accounts.errors import InvalidInput, NotAllowed, Refused
from incidents.tickets import actions, evidence, timeline
from incidents.tickets.kinds import Kind


def whats(ticket):
    return [event.data["what"] for event in ticket.events.of_kind(Kind.HYPOTHESIS_CHANGED)]


def test_one_is_stated_ruled_out_and_opened_again(ticket, agent, lead):
    one = actions.state_hypothesis(ticket, " The  gateway is old ", by=agent)
    assert (one.text, one.state, one.stated_by) == ("The gateway is old", "open", agent)

    one = actions.settle_hypothesis(ticket, one.pk, to="ruled_out", by=lead)
    assert (one.state, one.settled_by) == ("ruled_out", lead)
    actions.settle_hypothesis(ticket, one.pk, to="ruled_out", by=agent)
    one = actions.settle_hypothesis(ticket, one.pk, to="open", by=agent)

    assert (one.settled_by, one.settled_at) == (None, None)
    assert whats(ticket) == ["stated", "ruled_out", "open"]
    assert "gateway" not in str([event.data for event in ticket.events.of_kind(Kind.HYPOTHESIS_CHANGED)])  # fmt: skip


def test_evidence_is_tied_once(ticket, agent):
    one = actions.state_hypothesis(ticket, "DNS", by=agent)
    actions.add_evidence(ticket, one.pk, url="INC-12", by=agent)
    one = actions.add_evidence(ticket, one.pk, url="/desk/tickets/INC-12/", label="again", by=agent)

    assert one.evidence == [{"label": "INC-12", "url": "/desk/tickets/INC-12/"}]
    assert whats(ticket) == ["stated", "evidence"]


def test_a_wrong_link_is_taken_off_again(ticket, agent, lead):
    one = actions.state_hypothesis(ticket, "DNS", by=agent)
    for url in ("INC-12", "https://logs.example.com/1"):
        actions.add_evidence(ticket, one.pk, url=url, by=agent)

    one = actions.remove_evidence(ticket, one.pk, url="/desk/tickets/INC-12/", by=lead)
    actions.remove_evidence(ticket, one.pk, url="/desk/tickets/INC-12/", by=lead)

    assert [link["url"] for link in one.evidence] == ["https://logs.example.com/1"]
    assert whats(ticket) == ["stated", "evidence", "evidence", "evidence_removed"]
    ticket.refresh_from_db()
    assert "removed evidence from “DNS”" in timeline.for_staff(ticket, agent)[-1].sentence


def test_who_may_not_work_on_it_removes_no_evidence(ticket, agent, auditor, requester):
    one = actions.state_hypothesis(ticket, "DNS", by=agent)
    actions.add_evidence(ticket, one.pk, url="INC-12", by=agent)

    for person in (auditor, requester):
        with pytest.raises(NotAllowed):
            actions.remove_evidence(ticket, one.pk, url="/desk/tickets/INC-12/", by=person)
    with pytest.raises(Refused):
        actions.remove_evidence(ticket, one.pk + 1, url="/desk/tickets/INC-12/", by=agent)


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("https://grafana.example.com/d/1?a=b#c", "grafana.example.com/d/1?a=b#c"),
        ("http://10.0.0.1/x", "10.0.0.1/x"),
        ("/kb/vpn-drops/", "/kb/vpn-drops"),
        ("/tickets/INC-5/", "/tickets/INC-5"),
        ("#77", "INC-77"),
    ],
)
def test_what_may_be_linked(address, label):
    assert evidence.tidy(address)["label"] == label


@pytest.mark.parametrize(
    "address",
    [
        "", "javascript:alert(1)", "JaVaScRiPt://x/%0aalert(1)", "data:text/html,x", "//evil.example/kb/", "/\\evil.example",
        "/admin/", "/accounts/logout/", "/kb/../admin/", "https://", "https://u:p@evil.example/", "https://a b.example/",
        "https://x\n.example/", "ftp://x/", "kb/x", "mailto:a@b.c", "https://[::1", "https://x/" + "y" * 500,
    ],
)  # fmt: skip
def test_what_may_not(ticket, agent, address):
    one = actions.state_hypothesis(ticket, "DNS", by=agent)
    with pytest.raises(InvalidInput):
        actions.add_evidence(ticket, one.pk, url=address, by=agent)


@pytest.mark.parametrize("text", ["", "  ", "x" * 301])
def test_bad_texts_are_refused(ticket, agent, text):
    with pytest.raises(InvalidInput):
        actions.state_hypothesis(ticket, text, by=agent)


def test_what_is_none_is_refused(ticket, make_ticket, agent):
    elsewhere = actions.state_hypothesis(make_ticket(), "DNS", by=agent)
    here = actions.state_hypothesis(ticket, "DNS", by=agent)
    with pytest.raises(Refused):
        actions.settle_hypothesis(ticket, elsewhere.pk, to="confirmed", by=agent)
    with pytest.raises(InvalidInput):
        actions.settle_hypothesis(ticket, here.pk, to="maybe", by=agent)


def test_the_requester_auditors_and_other_teams_change_nothing(
    ticket, agent, requester, other_agent, auditor
):
    one = actions.state_hypothesis(ticket, "DNS", by=agent)
    for person in (requester, other_agent, auditor):
        for verb in (
            lambda by: actions.state_hypothesis(ticket, "b", by=by),
            lambda by: actions.settle_hypothesis(ticket, one.pk, to="confirmed", by=by),
            lambda by: actions.add_evidence(ticket, one.pk, url="#1", by=by),
        ):
            with pytest.raises(NotAllowed):
                verb(person)


def test_only_the_desks_timeline_tells_it(ticket, agent, requester):
    one = actions.state_hypothesis(ticket, "Old <firmware>", by=agent)
    actions.settle_hypothesis(ticket, one.pk, to="confirmed", by=agent)

    entries = timeline.for_staff(ticket, agent)
    assert "confirmed “Old &lt;firmware&gt;”" in entries[-1].sentence
    assert len(timeline.for_requester(ticket, requester)) == 1
