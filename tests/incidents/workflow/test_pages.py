"""Workflows in administration: the picture and its table, the draft that is checked, and what it touches."""

import re

import pytest

from accounts.models import AdminChange
from incidents.tickets import actions
from incidents.tickets.actions.shape_workflow import shape_workflow
from incidents.tickets.workflow_draft import Draft
from incidents.workflow import picture, rulebook
from incidents.workflow.models import Workflow
from incidents.workflow.rulebook import Place, Way
from incidents.workflow.states import Status
from tests.incidents.workflow.flows import in_test, standard, with_steps, with_ways

pytestmark = pytest.mark.django_db
ONE, EDIT = "/admin/workflows/standard/", "/admin/workflows/standard/draft/"


@pytest.fixture
def desk(client_of, admin):
    return client_of(admin)


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def fields(client, slug="standard", **changes):
    """The form as the page has it, with some fields changed; `None` leaves one out."""
    page = client.get(f"/admin/workflows/{slug}/draft/").content.decode()
    form = page[page.index('id="draft"') :]
    sent = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and ("checkbox" not in tag or " checked" in tag):
            sent.setdefault(name[1], []).append(value[1] if value else "on")
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        sent[name] = [chosen[1] if chosen else ""]
    sent |= {name: value if isinstance(value, list) else [value] for name, value in changes.items()}
    return {name: value for name, value in sent.items() if value != [None]}


def row(sent, slug):
    """The number of the row of a step."""
    return next(name[1:-4] for name, value in sent.items() if re.fullmatch(r"s\d+-key", name) and value == [slug])  # fmt: skip


def way(sent, here, there):
    return next(
        name[1:-5] for name, value in sent.items()
        if re.fullmatch(r"w\d+-here", name) and value == [here] and sent[f"{name[:-5]}-there"] == [there]
    )  # fmt: skip


def test_the_picture_and_a_table_that_says_the_same(desk):
    page = text(desk.get(ONE))
    assert page.count('<g class="fb-flow__step"') == 6
    assert "<svg" in page
    for words in ("Wait for requester", "No longer needed", "only the requester", "a reason"):
        assert words in page


def test_who_may_read_and_who_may_change(client_of, auditor, agent, admin):
    assert client_of(auditor).get(ONE).status_code == 200
    assert client_of(auditor).get(EDIT).status_code == 403
    assert "Change it" not in text(client_of(auditor).get(ONE))
    assert client_of(agent).get(ONE).status_code == 403


def test_the_form_as_it_stands_changes_nothing(desk):
    before = standard()
    response = desk.post(EDIT, fields(desk, do="save"))
    assert response.status_code == 302
    assert standard() == before
    assert not AdminChange.objects.exists()


def test_a_step_and_its_ways_are_added_row_by_row(desk):
    sent = fields(desk, do="add-step")
    page = desk.post(EDIT, sent)
    assert page.status_code == 200
    assert 'value="+1"' in page.content.decode()
    steps, ways = int(sent["steps"][0]), int(sent["ways"][0])
    sent |= {
        f"s{steps}-key": "+1", f"s{steps}-name": "In test", f"s{steps}-status": "open", f"s{steps}-position": "25",
        f"s{steps}-outside": "We are testing", "steps": steps + 1,
        f"w{ways}-here": "open", f"w{ways}-there": "+1", f"w{ways}-staff": "on",
        f"w{ways + 1}-here": "+1", f"w{ways + 1}-there": "resolved", f"w{ways + 1}-staff": "on",
        f"w{ways + 1}-needs": ["service", "tags"], f"w{ways + 1}-effect0": "priority:2",
        f"w{ways + 1}-effect1": "tag", f"w{ways + 1}-words1": "tested", "ways": ways + 2,
    }  # fmt: skip
    checked = desk.post(EDIT, {**sent, "do": "check"})
    assert "It holds together" in text(checked)
    assert standard().place("in-test") is None

    assert desk.post(EDIT, {**sent, "do": "save"}).status_code == 302
    flow = standard()
    assert [place.slug for place in flow.places][:3] == ["new", "open", "in-test"]
    found = flow.way(flow.place("in-test"), flow.at("resolved"))
    assert found.needs_fields == ("service", "tags")
    assert found.effects == ({"do": "priority", "priority": 2}, {"do": "tag", "tag": "tested"})
    page = text(desk.get(ONE))
    for words in ("service, tags", "priority High", "tag “tested” added", "We are testing"):
        assert words in page


def test_faults_stand_above_and_beside_their_row_and_nothing_is_saved(desk):
    before = standard()
    sent = fields(desk, do="save")
    number = way(sent, "resolved", "closed")
    response = desk.post(EDIT, {**sent, f"w{number}-removed": "on"})
    page = text(response)
    assert response.status_code == 422
    assert (
        "Step “Resolved”: It has no end: the requester needs a way from there right to a closed step."
        in page
    )
    assert '<span class="fb-wrong">It has no end' in page
    assert standard() == before


def test_open_tickets_are_shown_before_and_moved_with_it(desk, admin, agent, make_ticket):
    shape_workflow(Workflow.objects.get(), in_test(standard()), by=admin)
    ticket = actions.take(make_ticket(), by=agent)
    actions.transition(ticket, to="in-test", by=agent)
    sent = fields(desk)
    number = row(sent, "in-test")
    sent[f"s{number}-removed"] = "on"

    shown = text(desk.post(EDIT, {**sent, "do": "check"}))
    assert "1 ticket stands at “In test”. Choose where it goes." in shown
    assert ticket.ref in shown
    assert desk.post(EDIT, {**sent, "do": "save"}).status_code == 422
    sent[f"s{number}-goes"] = "open"
    assert "1 ticket goes from “In test” to “In progress”." in text(desk.post(EDIT, {**sent, "do": "check"}))  # fmt: skip
    response = desk.post(EDIT, {**sent, "do": "save"}, follow=True)
    assert "1 ticket was moved" in text(response)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.step) == ("open", "")


def test_two_administrators_at_once(desk, admin):
    sent = fields(desk, do="save", name="Mine")
    shape_workflow(Workflow.objects.get(), in_test(standard()), by=admin)
    response = desk.post(EDIT, sent)
    assert response.status_code == 409
    assert "Somebody changed this workflow meanwhile." in text(response)


def test_it_is_renamed_and_keeps_its_own_name_otherwise(desk):
    desk.post(EDIT, fields(desk, do="save", name="How we work"))
    assert standard().label == "How we work"
    assert not Workflow.objects.get().is_seeded


def test_a_copy_is_added_renamed_and_retired(desk):
    response = desk.post("/admin/workflows/new/", {"name": "For servers", "like": "standard"})
    assert response["Location"] == "/admin/workflows/for-servers/draft/"
    assert "For servers" in text(desk.get("/admin/workflows/"))
    desk.post("/admin/workflows/for-servers/retirement/")
    assert [one.slug for one in rulebook.flows()] == ["standard"]
    desk.post("/admin/workflows/for-servers/restoration/")
    assert len(rulebook.flows()) == 2


def test_a_name_that_is_taken_says_so(desk):
    response = desk.post("/admin/workflows/new/", {"name": "standard", "like": "standard"})
    assert response.status_code == 422
    assert "Another workflow has this name." in text(response)


def test_what_types_use_is_not_retired(desk):
    response = desk.post("/admin/workflows/standard/retirement/")
    assert response.status_code == 409
    assert "Standard incident" in text(response)


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": "many"}, {"ways": "-1"}, {"steps": "9999"}, {"s0-key": "moon"}, {"steps": None},
    ],
)  # fmt: skip
def test_a_form_that_nobody_was_given_is_refused(desk, changes):
    assert desk.post(EDIT, fields(desk, do="save", **changes)).status_code == 400


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("permission", "tickets.fly", "There is no permission “tickets.fly”."),
        ("needs", "colour", "There is no field “colour” to ask for."),
        ("effect0", "explode", "There is no effect “explode”."),
        ("effect0", "team:nowhere", "Choose the team"),
        ("there", "moon", "One of the two steps is not there."),
    ],
)
def test_unknown_fields_and_effects_are_refused_with_their_place(desk, field, value, words):
    sent = fields(desk, do="save")
    sent[f"w0-{field}"] = value
    response = desk.post(EDIT, sent)
    assert response.status_code == 422
    assert words in text(response)


def test_what_people_write_is_only_text(desk):
    sent = fields(desk, do="save", name="<script>alert(1)</script>")
    sent["s1-name"] = '"><img src=x onerror=y>'
    desk.post(EDIT, sent)
    page = desk.get(ONE).content.decode()
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page


def test_a_picture_of_a_dozen_steps_keeps_its_boxes_apart():
    flow = standard()
    more = [
        Place(f"+{n}", status, f"Step number {n}", is_default=False)
        for n, status in enumerate([Status.OPEN] * 4 + [Status.WAITING_OTHER] * 2)
    ]
    flow = with_steps(flow, *more)
    flow = with_ways(flow, *(Way(flow.at("open"), one) for one in more), *(Way(one, flow.at("resolved")) for one in more))  # fmt: skip
    drawn = picture.draw(flow)
    assert len(drawn.boxes) == 12
    for one in drawn.boxes:
        assert 0 <= one.x < one.x + one.width <= drawn.width
        assert 0 <= one.y < one.y + one.height <= drawn.height
        for other in drawn.boxes:
            apart = one.x + one.width <= other.x or other.x + other.width <= one.x
            assert one is other or apart or one.y + one.height <= other.y or other.y + other.height <= one.y  # fmt: skip


def test_a_draft_made_of_a_workflow_makes_the_same_workflow(admin):
    shape_workflow(Workflow.objects.get(), in_test(standard()), by=admin)
    assert Draft.of(standard(), "").flow(standard()) == standard()
