"""A report that is handled together with another one, as its requester has it."""

import pytest

from incidents.portal.export import gather
from incidents.tickets import actions
from incidents.tickets.kinds import Kind
from tests.incidents.desk.conftest import body

SECRET, THEIRS = "the target says swordfish", "the double says marlin"


@pytest.fixture
def target(make_ticket, requester):
    return make_ticket(f"Tunnel, {SECRET}", by=requester, description=SECRET)


@pytest.fixture
def double(make_ticket, other_requester, target, agent):
    ticket = make_ticket(f"Same, {THEIRS}", by=other_requester, description=THEIRS)
    actions.merge(ticket, into=target, by=agent, tell=True)
    actions.reply(ticket, f"More: {THEIRS}", by=other_requester)
    actions.reply(target, f"Only Robin: {SECRET}", by=agent)
    actions.note(target, f"Note: {SECRET}", by=agent)
    return ticket


def test_the_page_says_so_and_what_is_written_there_is_taken(
    client_of, double, target, other_requester
):
    browser = client_of(other_requester)

    page = body(browser.get(double.get_absolute_url()))
    assert "We handle this together with another report" in page
    assert target.ref not in page

    browser.post(f"{double.get_absolute_url()}replies/", {"body": "The printer, too."})
    assert target.events.of_kind(Kind.FORWARDED).count() == 2


def test_it_stays_among_the_open_ones_while_the_other_is_worked_on(
    client_of, double, target, agent, requester, other_requester
):
    browser = client_of(other_requester)
    assert double.ref in body(browser.get("/tickets/"))

    actions.resolve(target, "Done.", code="fixed", by=agent)
    actions.confirm(target, by=requester)

    assert double.ref not in body(browser.get("/tickets/"))
    assert double.ref in body(browser.get("/tickets/", {"state": "closed"}))
    page = body(browser.get(double.get_absolute_url()))
    assert "Report it again" in page
    assert 'id="composer"' not in page


PLACES = [
    "/",
    "/tickets/",
    "/tickets/?state=closed",
    "/tickets/?state=following",
    "/tickets/?q=says",
    "/bell/",
]


@pytest.mark.parametrize("side", ["target", "double"])
def test_neither_side_comes_to_read_a_word_of_the_other(
    client_of, double, target, requester, other_requester, side, mailoutbox
):
    from incidents.notify import jobs

    reader, own, other, foreign = {
        "target": (requester, target, double, THEIRS),
        "double": (other_requester, double, target, SECRET),
    }[side]
    jobs.send_due()
    browser = client_of(reader)
    own_page = own.get_absolute_url()
    pages = [body(browser.get(place)) for place in [*PLACES, own_page, f"{own_page}live/?version=0", f"{own_page}print/"]]  # fmt: skip
    exported = str([(name, list(portions)) for name, portions in gather.sections(reader)])
    mails = [mail.body for mail in mailoutbox if reader.email in mail.to[0]]

    assert all(foreign not in text for text in [*pages, exported, *mails])
    assert all(other.ref not in text for text in [*pages, exported, *mails])
    assert browser.get(other.get_absolute_url()).status_code == 404
