"""Checklist, hypotheses and time beside a ticket, with htmx and without."""

import pytest

from incidents.tickets import actions
from incidents.tickets.models import ChecklistItem, Hypothesis, TimeEntry
from incidents.workflow.states import Status
from tests.incidents.desk.conftest import body


@pytest.fixture
def step(taken, agent):
    return actions.add_steps(taken, ["Ask for the log"], by=agent)[0]


@pytest.fixture
def hypothesis(taken, agent):
    return actions.state_hypothesis(taken, "The gateway is old", by=agent)


def test_the_page_has_all_three_and_the_ticket_leads_there(
    desk, taken, step, hypothesis, agent, url
):
    actions.spend(taken, 80, note="On the phone", by=agent)
    page = body(desk.get(url(taken, "work")))

    for words in ("Ask for the log", "0 of 1", "The gateway is old", "1 h 20 min", "On the phone"):
        assert words in page
    assert url(taken, "work") in body(desk.get(url(taken)))


def test_without_script_a_form_leads_back_to_its_part(desk, taken, url):
    response = desk.post(url(taken, "checklist"), {"steps": "One\r\n- Two\r\n[ ] Three\r\n"})

    assert (response.status_code, response.url) == (302, f"{url(taken, 'work')}#checklist")
    assert [one.text for one in taken.checklist.all()] == ["One", "Two", "Three"]


def test_ticking_answers_the_list_without_the_form_below_it(htmx, taken, step, url):
    response = htmx.post(url(taken, "checklist", step.pk), {"to": "done"})

    assert "1 of 1" in body(response)
    assert 'aria-checked="true"' in body(response)
    assert "<textarea" not in body(response)
    assert response["HX-Trigger-After-Settle"] == "live:poll"


@pytest.mark.parametrize("to", ["open", "up", "down", "removed"])
def test_steps_are_opened_moved_and_removed(htmx, taken, step, url, to):
    assert htmx.post(url(taken, "checklist", step.pk), {"to": to}).status_code == 200
    assert ChecklistItem.objects.exists() == (to != "removed")


def test_an_empty_or_too_long_step_comes_back_with_its_words(htmx, taken, url):
    for typed in ("", "x" * 201):
        response = htmx.post(url(taken, "checklist"), {"steps": typed})
        assert response.status_code == 422
        assert "invalid-feedback" in body(response)
        assert typed in body(response)


def test_a_hypothesis_is_stated_settled_and_gets_evidence(htmx, taken, url):
    htmx.post(url(taken, "hypotheses"), {"text": "DNS"})
    one = Hypothesis.objects.get()
    page = body(htmx.post(url(taken, "hypotheses", one.pk), {"to": "confirmed"}))
    assert "Confirmed" in page.title()
    form = body(htmx.get(url(taken, "hypotheses", one.pk, "evidence")))
    assert "data-editing" in form
    response = htmx.post(
        url(taken, "hypotheses", one.pk, "evidence"), {"url": "https://logs.example.com/1"}
    )

    assert 'href="https://logs.example.com/1"' in body(response)
    assert response["HX-Retarget"] == "#hypotheses-now"


def test_evidence_that_is_none_is_refused_at_its_field(desk, taken, hypothesis, url):
    response = desk.post(
        url(taken, "hypotheses", hypothesis.pk, "evidence"), {"url": "javascript:alert(1)"}
    )

    assert response.status_code == 422
    assert "Paste an address" in body(response)
    assert not Hypothesis.objects.get().evidence


@pytest.mark.parametrize("browser", ["desk", "htmx"])
def test_a_wrong_link_has_a_button_that_removes_it(
    request, client_of, auditor, taken, hypothesis, agent, url, browser
):
    actions.add_evidence(taken, hypothesis.pk, url="INC-12", label="The log", by=agent)
    page = body(request.getfixturevalue(browser).get(url(taken, "work")))
    assert 'value="/desk/tickets/INC-12/" aria-label="Remove the link: The log"' in page
    assert "Remove the link" not in body(client_of(auditor).get(url(taken, "work")))

    answer = request.getfixturevalue(browser).post(
        url(taken, "hypotheses", hypothesis.pk, "evidence", "removal"),
        {"url": "/desk/tickets/INC-12/"},
    )
    assert answer.status_code == (302 if browser == "desk" else 200)
    assert Hypothesis.objects.get().evidence == []


def test_time_is_added_and_taken_back(htmx, taken, agent, url):
    page = body(htmx.post(url(taken, "time"), {"minutes": "1h 20m", "note": "Phone"}))
    assert "1 h 20 min" in page
    entry = TimeEntry.objects.get()
    page = body(htmx.post(url(taken, "time", entry.pk, "removal")))

    assert "1 h 20 min" not in page


@pytest.mark.parametrize("minutes", ["", "soon", "25h"])
def test_a_time_that_is_none_is_refused(htmx, taken, url, minutes):
    assert htmx.post(url(taken, "time"), {"minutes": minutes}).status_code == 422
    assert not TimeEntry.objects.exists()


def test_an_auditor_reads_and_changes_nothing(client_of, auditor, taken, step, hypothesis, url):
    browser = client_of(auditor)
    page = body(browser.get(url(taken, "work")))

    assert "Ask for the log" in page
    assert "<textarea" not in page
    for parts in (("checklist",), ("checklist", step.pk), ("hypotheses",), ("hypotheses", hypothesis.pk), ("time",)):  # fmt: skip
        assert browser.post(url(taken, *parts), {"to": "done"}).status_code == 403


def test_other_teams_find_nothing(client_of, other_agent, taken, step, url):
    browser = client_of(other_agent)
    assert browser.get(url(taken, "work")).status_code == 404
    assert browser.post(url(taken, "checklist", step.pk), {"to": "done"}).status_code == 404


# Kept current -------------------------------------------------------------------------------------------


def seen(ticket, version, *parts):
    return {"version": version, **{f"seen-{part}": version for part in parts}}


def test_an_open_page_learns_what_a_colleague_changed(htmx, taken, lead, url):
    before = taken.version
    actions.add_steps(taken, ["Call back"], by=lead)

    page = body(
        htmx.get(url(taken, "live"), seen(taken, before, "checklist", "hypotheses", "time"))
    )

    assert 'id="checklist-now" hx-swap-oob="true"' in page
    assert 'id="hypotheses-now"' not in page
    assert 'id="time-now"' not in page


def test_a_page_that_has_not_loaded_the_parts_is_sent_none(htmx, taken, lead, url):
    before = taken.version
    actions.add_steps(taken, ["Call back"], by=lead)

    assert "checklist-now" not in body(htmx.get(url(taken, "live"), {"version": before}))


def test_a_part_that_is_behind_is_sent_though_the_page_has_the_version(htmx, taken, lead, url):
    """Somebody's own reply brought the page's version past the colleague's step."""
    before = taken.version
    actions.add_steps(taken, ["Call back"], by=lead)
    taken.refresh_from_db()
    asked = seen(taken, before, "checklist") | {"version": taken.version}

    assert "checklist-now" in body(htmx.get(url(taken, "live"), asked))
    assert htmx.get(url(taken, "live"), seen(taken, taken.version, "checklist")).status_code == 204


@pytest.mark.parametrize("nonsense", ["", "x", "-1", "9" * 20, "٣"])
def test_nonsense_of_versions_is_none(htmx, taken, url, nonsense):
    asked = {"version": taken.version, "seen-checklist": nonsense}
    assert htmx.get(url(taken, "live"), asked).status_code == 204


# Resolving -------------------------------------------------------------------------------------------------


def test_resolving_with_open_steps_asks_once(htmx, taken, step, url):
    given = {"body": "Restarted.", "code": "fixed"}
    response = htmx.post(url(taken, "resolution"), given)

    assert response.status_code == 422
    assert "1 step of the checklist is still open" in body(response)
    assert 'name="despite" value="on"' in body(response)
    assert "Restarted." in body(response)
    response = htmx.post(url(taken, "resolution"), given | {"despite": "on"})
    taken.refresh_from_db()
    assert (response.status_code, taken.status) == (200, Status.RESOLVED)


def test_with_nothing_open_nothing_is_asked(htmx, taken, step, agent, url):
    actions.tick_step(taken, step.pk, done=True, by=agent)

    assert (
        htmx.post(url(taken, "resolution"), {"body": "Done.", "code": "fixed"}).status_code == 200
    )


def test_the_page_costs_few_queries(htmx, taken, agent, url, django_assert_max_num_queries):
    for n in range(20):
        actions.add_steps(taken, [f"Step {n}"], by=agent)
        actions.state_hypothesis(taken, f"Cause {n}", by=agent)
        actions.spend(taken, 5, by=agent)
    with django_assert_max_num_queries(9):
        htmx.get(url(taken, "work"))
