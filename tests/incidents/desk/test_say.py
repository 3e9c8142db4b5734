"""The composer: replying, noting, waiting, resolving. Refusals keep what was typed."""

import html

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from incidents.tickets import actions
from incidents.tickets.actions.shape_workflow import shape_workflow
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Draft, Message
from incidents.workflow.models import Workflow
from incidents.workflow.states import Status
from tests.incidents.desk.conftest import body
from tests.incidents.workflow.flows import changed, standard


def said(ticket):
    message = ticket.messages.order_by("-pk")[0]
    return message.kind, message.body, message.is_public


def test_a_reply_is_public(desk, taken, url):
    response = desk.post(url(taken, "replies"), {"body": "Please try **again**."})

    assert response.url == f"{url(taken)}#composer"
    assert said(taken) == ("reply", "Please try **again**.", True)


def test_a_note_is_internal(desk, taken, url):
    desk.post(url(taken, "notes"), {"body": "Ask the supplier."})

    assert said(taken) == ("note", "Ask the supplier.", False)


def test_a_file_comes_along(desk, taken, url):
    log = SimpleUploadedFile("gateway.log", b"all is lost", "text/plain")

    desk.post(url(taken, "replies"), {"body": "See the log.", "files": [log]})

    assert [file.name for file in taken.attachments.all()] == ["gateway.log"]


def test_send_and_wait_for_the_requester(desk, taken, url):
    desk.post(
        url(taken, "replies"), {"body": "Which port?", "then": "wait", "expected": taken.version}
    )

    taken.refresh_from_db()
    assert taken.status == Status.WAITING_REQUESTER
    assert said(taken) == ("reply", "Which port?", True)


def test_note_and_hold(desk, taken, url):
    desk.post(
        url(taken, "notes"),
        {"body": "Part is on order.", "then": "hold", "expected": taken.version},
    )

    taken.refresh_from_db()
    assert taken.status == Status.WAITING_OTHER
    assert said(taken)[0] == "note"


def test_resolving_needs_words_and_a_code(desk, taken, url):
    desk.post(
        url(taken, "resolution"),
        {"body": "Restarted it.", "code": "fixed", "expected": taken.version},
    )

    taken.refresh_from_db()
    assert (taken.status, taken.resolution_code) == (Status.RESOLVED, "fixed")


def test_reply_and_reopen(desk, resolved, url):
    desk.post(url(resolved, "replies"), {"body": "It broke again.", "then": "reopen"})

    resolved.refresh_from_db()
    assert (resolved.status, resolved.reopen_count) == (Status.OPEN, 1)


def test_a_file_with_a_reopening_is_refused_rather_than_lost(desk, resolved, url):
    log = SimpleUploadedFile("a.log", b"x", "text/plain")

    response = desk.post(
        url(resolved, "replies"), {"body": "Again.", "then": "reopen", "files": [log]}
    )

    assert response.status_code == 422
    resolved.refresh_from_db()
    assert resolved.status == Status.RESOLVED


@pytest.mark.parametrize(
    ("part", "given", "words"),
    [
        ("replies", {"body": "  "}, "Write something first."),
        ("notes", {"body": ""}, "Write something first."),
        ("resolution", {"body": "Fixed the gateway", "code": ""}, "Choose how it was resolved."),
        ("resolution", {"body": "Fixed the gateway", "code": "magic"}, "Select a valid choice"),
    ],
)
@pytest.mark.parametrize("browser", ["desk", "htmx"])
def test_bad_input_is_named_and_the_text_kept(request, taken, url, part, given, words, browser):
    response = request.getfixturevalue(browser).post(url(taken, part), given)

    assert response.status_code == 422
    assert words in body(response)
    assert given["body"].strip() in body(response)
    assert Message.objects.count() == 1


def test_a_bad_file_is_refused_with_its_reason_and_the_text_kept(htmx, taken, url):
    bad = SimpleUploadedFile("run.exe", b"MZ", "application/octet-stream")

    response = htmx.post(url(taken, "replies"), {"body": "Run this.", "files": [bad]})

    assert response.status_code == 422
    assert "files of this kind are not taken" in body(response)
    assert "Run this.</textarea>" in body(response)
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("status", "part", "given"),
    [
        (Status.CLOSED, "replies", {}),
        (Status.RESOLVED, "replies", {"then": "wait"}),
        (Status.RESOLVED, "notes", {"then": "hold"}),
        (Status.RESOLVED, "resolution", {"code": "fixed"}),
        (Status.CLOSED, "resolution", {"code": "fixed"}),
        (Status.OPEN, "replies", {"then": "reopen"}),
    ],
)
@pytest.mark.parametrize("browser", ["desk", "htmx"])
def test_in_the_wrong_state_it_says_why_and_keeps_the_text(
    request, in_status, url, status, part, given, browser
):
    ticket = in_status(status)
    before = ticket.version

    response = request.getfixturevalue(browser).post(
        url(ticket, part), {"body": "My long text", **given}
    )

    ticket.refresh_from_db()
    assert response.status_code == 409
    assert "My long text</textarea>" in body(response)
    assert ticket.version == before


@pytest.mark.parametrize("browser", ["desk", "htmx"])
def test_a_clash_shows_what_happened_and_sending_again_works(
    request, client_of, taken, lead, url, browser
):
    browser = request.getfixturevalue(browser)
    seen = taken.version
    actions.transition(taken, to=Status.WAITING_OTHER, by=lead, text="A part is on order.")

    given = {"body": "Restarted the gateway.", "code": "fixed", "expected": seen}
    clash = browser.post(url(taken, "resolution"), given)

    taken.refresh_from_db()
    assert clash.status_code == 409
    assert "Noor Aspen</b> set this to" in body(clash)
    assert "Restarted the gateway.</textarea>" in body(clash)
    assert f'id="expected-resolve" value="{taken.version}"' in body(clash)

    browser.post(url(taken, "resolution"), {**given, "expected": taken.version})
    taken.refresh_from_db()
    assert taken.status == Status.RESOLVED


def test_sending_twice_says_it_once(htmx, taken, url):
    for _ in range(2):
        assert htmx.post(url(taken, "replies"), {"body": "Hello", "key": "k1"}).status_code == 200

    assert taken.events.of_kind(Kind.REPLIED).count() == 1


def test_after_sending_the_panel_is_empty_and_everything_is_current(htmx, taken, url):
    page = body(htmx.post(url(taken, "notes"), {"body": "Ask the supplier."}))

    assert 'id="compose-note"' in page
    assert "data-sent" in page
    assert "Ask the supplier.</textarea>" not in page
    assert 'id="timeline" hx-swap-oob="true"' in page
    taken.refresh_from_db()
    assert f'id="expected-resolve" value="{taken.version}" hx-swap-oob="true"' in page


def test_a_draft_is_shown_again_and_gone_once_it_is_sent(desk, taken, agent, url):
    Draft.objects.create(user=agent, form=f"reply:{taken.ref}", text={"body": ["Half a sen"]})

    assert "Half a sen</textarea>" in body(desk.get(url(taken)))

    desk.post(url(taken, "replies"), {"body": "Half a sentence."})
    assert not Draft.objects.exists()


def test_a_note_that_was_begun_does_not_open_the_note(desk, taken, agent, url):
    Draft.objects.create(user=agent, form=f"note:{taken.ref}", text={"body": ["Secret"]})

    space = desk.get(url(taken)).context["space"]

    assert [tab.name for tab in space.tabs if tab.is_open] == ["reply"]
    assert space.panel("note").form["body"].value() == "Secret"


def test_text_sent_after_the_session_ended_is_back_after_signing_in(
    client_of, client, taken, agent, url
):
    from accounts import typed

    mark = typed.mark(agent.pk, f"reply:{taken.ref}")
    client.post(url(taken, "replies"), {"body": "Typed for an hour", "kept_for": mark})
    client.force_login(agent, backend="accounts.backends.PeopleBackend")

    assert "Typed for an hour</textarea>" in body(client.get(url(taken)))


def test_a_quotation_comes_by_a_link_too(desk, taken, requester, agent, url):
    actions.reply(taken, "First line.\n\nSecond.", by=requester)
    number = taken.events.order_by("-number").first().number
    page = body(desk.get(url(taken)))
    assert f'href="?compose=reply&amp;quote={number}#composer"' in page

    quoted = body(desk.get(f"{url(taken)}?compose=reply&quote={number}"))
    assert "> First line.\n> \n> Second." in html.unescape(quoted)
    assert desk.get(f"{url(taken)}?compose=reply&quote=999").status_code == 404


def test_a_note_is_never_quoted_to_who_may_not_read_it(client_of, other_agent, taken, agent, url):
    actions.note(taken, "Secret.", by=agent)
    number = taken.events.order_by("-number").first().number

    answer = client_of(other_agent).get(f"{url(taken)}?compose=reply&quote={number}")

    assert "Secret." not in body(answer)


# Where the workflow hands it out of sight ----------------------------------------------------------------------


@pytest.fixture
def handing_over(admin, other_team):
    """A step that hands it to a team whose tickets the agent does not see."""

    def shape(here, there):
        hand_over = ({"do": "team", "team": other_team.slug},)
        flow = changed(standard(), here, there, effects=hand_over)
        return shape_workflow(Workflow.objects.get(slug="standard"), flow, by=admin)

    return shape


def test_words_with_which_a_ticket_goes_out_of_sight_lead_back_to_ones_work(
    handing_over, htmx, desk, taken, make_ticket, agent, other_team, url
):
    handing_over("open", "waiting_other")
    given = {"body": "The vendor is slow.", "then": "hold"}
    other = actions.take(make_ticket(), by=agent)

    assert htmx.post(url(taken, "notes"), given)["HX-Redirect"] == "/desk/mine/"
    assert desk.post(url(other, "notes"), given)["Location"] == "/desk/mine/"

    taken.refresh_from_db()
    assert (taken.team, taken.status) == (other_team, Status.WAITING_OTHER)
    assert desk.get(url(taken)).status_code == 404


def test_a_row_whose_ticket_goes_out_of_sight_goes_without_a_word_of_undo(
    handing_over, htmx, ticket, other_team, url
):
    handing_over("new", "open")

    response = htmx.post(url(ticket, "take"), headers={"HX-Target": f"row-{ticket.number}"})

    ticket.refresh_from_db()
    assert ticket.team == other_team
    assert response.status_code == 200
    assert "<tr" not in body(response)
    assert 'name="of"' not in body(response)
