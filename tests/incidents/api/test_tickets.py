"""Programs read and file tickets: what they get, what they don't, and that nothing is filed twice."""

import json

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.access import Scope
from incidents.tickets import actions
from incidents.tickets.actions.change_questions import change_questions
from incidents.tickets.models import Attachment, Message, Ticket
from tests.incidents.api.conftest import Program
from tests.incidents.tickets.uploads import text_file
from tests.threads import together

FILED = {"title": "VPN drops", "description": "On every floor.", "category": "vpn"}


@pytest.fixture
def theirs(program_of, requester):
    return program_of(requester)


@pytest.fixture
def desk(program_of, agent):
    return program_of(agent)


# Reading ------------------------------------------------------------------------------------------------


def test_an_agent_reads_a_ticket_with_what_staff_see(desk, ticket, agent):
    answer = desk.get(f"/tickets/{ticket.ref}")

    assert answer.status_code == 200
    told = answer.json()
    assert told["ref"] == ticket.ref
    assert told["team"] == {"slug": "network", "name": "Network"}
    assert told["staff"]["priority"] == ticket.priority
    assert told["staff"]["version"] == 1
    assert answer["Cache-Control"] == "private, no-store"
    assert "Authorization" in answer["Vary"]
    assert not answer.cookies


def test_a_requester_reads_their_own_without_it(theirs, ticket):
    told = theirs.get(f"/tickets/{ticket.ref}").json()

    assert told["title"] == ticket.title
    assert told["staff"] is None


def test_a_note_changes_nothing_that_the_requester_reads(theirs, ticket, agent):
    before = theirs.get(f"/tickets/{ticket.ref}")
    actions.note(ticket, "It is the gateway.", by=agent)
    after = theirs.get(f"/tickets/{ticket.ref}")

    assert before["ETag"] == after["ETag"]
    assert before.content == after.content


@pytest.mark.parametrize("path", ["", "/messages", "/events", "/around"])
def test_what_one_may_not_see_is_not_there(program_of, other_requester, ticket, path):
    hidden = program_of(other_requester).get(f"/tickets/{ticket.ref}{path}")
    missing = program_of(other_requester).get(f"/tickets/INC-999999{path}")

    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert hidden.content == missing.content
    assert hidden["Content-Type"] == "application/problem+json"


def test_the_desks_list_is_narrowed_as_its_pages_are(desk, make_ticket, agent, requester):
    first, second = make_ticket("First"), make_ticket("Second", urgency="stop")
    actions.take(second, by=agent)

    assert refs(desk.get("/tickets?assignee=me")) == [second.ref]
    assert refs(desk.get("/tickets?assignee=nobody&sort=-number")) == [first.ref]
    assert refs(desk.get("/tickets?team=network&q=second")) == [second.ref]


def test_a_list_is_read_page_by_page(desk, make_ticket):
    made = {make_ticket(f"Ticket {n}").ref for n in range(5)}
    seen, path = [], "/tickets?sort=number&limit=2"
    while path:
        answer = desk.get(path)
        seen += refs(answer)
        following = answer.json()["next"]
        assert (f'<{following}>; rel="next"' == answer.get("Link")) is (following is not None)
        path = following and following.removeprefix("/api/v1")

    assert len(seen) == 5
    assert set(seen) == made


def test_what_arrives_meanwhile_moves_no_page(desk, make_ticket):
    """Pages go on after a row, not after a number of rows: nothing is read twice or left out."""
    made = [make_ticket(f"Ticket {n}").ref for n in range(4)]
    first = desk.get("/tickets?sort=-number&limit=2")
    make_ticket("Meanwhile")
    second = desk.get(first.json()["next"].removeprefix("/api/v1"))

    assert refs(first) + refs(second) == made[::-1]


@pytest.mark.parametrize("path", ["/my/tickets?", "/tickets/{}/messages?", "/tickets/{}/events?", "/articles?", "/search/tickets?q=dropping&"])  # fmt: skip
def test_every_list_is_read_page_by_page(desk, make_ticket, make_article, agent, path):
    ticket, *_others = (make_ticket(requester=agent) for _time in range(3))
    for n in range(2):
        actions.reply(ticket, f"Words {n}", by=agent)
        make_article(f"Article {n}")
    path = path.format(ticket.ref)
    whole, seen, there = desk.get(f"{path}limit=20").json(), [], f"{path}limit=1"
    while there:
        page = desk.get(there).json()
        assert len(page["items"]) == 1
        seen += page["items"]
        assert seen == whole["items"][: len(seen)]
        there = page["next"] and page["next"].removeprefix("/api/v1")

    assert len(seen) > 1
    assert seen == whole["items"]
    assert whole["next"] is None


@pytest.mark.parametrize("query", [
    "assigned_to__password__startswith=a", "sort=requester__password", "after=made-up", "limit=0", "limit=1000",
    "status=lost", "priority=9", "o=1", "status__in=new", "since=1",
])  # fmt: skip
def test_what_no_list_knows_is_refused(desk, ticket, query):
    answer = desk.get(f"/tickets?{query}")

    assert answer.status_code in {400, 422}
    assert ticket.ref not in answer.content.decode()
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("query", "field"), [("sort=loudest", "sort"), ("priority=9", "priority"), ("colour=red", "colour")]
)  # fmt: skip
def test_what_is_wrong_is_named_as_the_address_has_it(desk, query, field):
    errors = desk.get(f"/tickets?{query}").json()["errors"]

    assert [one["field"] for one in errors] == [field]


def test_the_desks_list_is_for_people_who_work_on_tickets(theirs):
    assert theirs.get("/tickets").status_code == 403


def test_ones_own_tickets_as_on_the_portal(theirs, ticket, make_ticket, other_requester):
    make_ticket("Another one's", by=other_requester)

    assert refs(theirs.get("/my/tickets")) == [ticket.ref]
    assert refs(theirs.get("/my/tickets?state=closed")) == []
    assert theirs.get("/my/tickets?state=lost").status_code == 422


def test_unchanged_answers_save_the_body(desk, ticket):
    first = desk.get(f"/tickets/{ticket.ref}")
    again = desk.get(f"/tickets/{ticket.ref}", If_None_Match=first["ETag"])

    assert again.status_code == 304
    assert again.content == b""


@time_machine.travel("2027-03-01T10:00:30Z", tick=False)
def test_the_number_of_queries_does_not_grow_with_the_list(
    program_of, agent, make_ticket, django_assert_max_num_queries, warm
):
    desk = program_of(agent)
    make_ticket()
    desk.get("/tickets")
    with django_assert_max_num_queries(5):
        desk.get("/tickets?limit=1")
    for n in range(8):
        make_ticket(f"Ticket {n}")
    with django_assert_max_num_queries(5):
        assert len(refs(desk.get("/tickets"))) == 9


# Filing ---------------------------------------------------------------------------------------------------


def test_filing_makes_a_ticket_of_the_account(theirs, category, requester):
    answer = theirs.post("/tickets", FILED)

    assert answer.status_code == 201
    ticket = Ticket.objects.get()
    assert answer["Location"] == f"/api/v1/tickets/{ticket.ref}"
    assert (ticket.requester, ticket.origin, ticket.category) == (requester, "api", category)


def test_the_same_key_files_once(theirs, category):
    first = theirs.post("/tickets", FILED, Idempotency_Key="a")
    again = theirs.post("/tickets", FILED, Idempotency_Key="a")
    other = theirs.post("/tickets", {**FILED, "title": "Another"}, Idempotency_Key="a")

    assert first.json()["ref"] == again.json()["ref"]
    assert Ticket.objects.count() == 1
    assert other.status_code == 422
    problem = other.json()
    assert problem["type"].endswith("/api/v1/#key-reused")
    assert "Idempotency-Key" in problem["detail"]
    assert "form" not in problem["detail"]


def test_long_keys_are_told_apart_to_their_end(theirs, category):
    theirs.post("/tickets", FILED, Idempotency_Key="k" * 150 + "1")
    theirs.post("/tickets", FILED, Idempotency_Key="k" * 150 + "2")

    assert Ticket.objects.count() == 2


def test_filing_for_somebody_else(theirs, category, other_requester):
    answer = theirs.post("/tickets", {**FILED, "requester": other_requester.pk})

    assert answer.json()["requester"] == {"id": other_requester.pk, "name": "Mika Thistle"}


@pytest.mark.parametrize("wrong", [
    {}, {"title": "x"}, {**FILED, "priority": 1}, {**FILED, "requester": "1"}, {**FILED, "impact": "all"},
    {**FILED, "category": "nowhere"}, {**FILED, "title": "x" * 201}, {**FILED, "service": "nothing"},
    {**FILED, "requester": 999_999}, {**FILED, "requester": 2**70}, {**FILED, "is_staff": True}, {**FILED, "type": "nothing"},
    {**FILED, "answers": {"why": "x"}}, {**FILED, "follows": "INC-999999"},
])  # fmt: skip
def test_what_cannot_be_filed_says_why(theirs, category, wrong):
    answer = theirs.post("/tickets", wrong)

    assert answer.status_code in {404, 422}
    assert answer["Content-Type"] == "application/problem+json"
    assert not Ticket.objects.exists()


def test_a_category_that_asks_gets_answers(theirs, category, admin):
    change_questions(
        category, [{"key": "why", "kind": "text", "label": "What for?", "required": True}], by=admin
    )
    missing = theirs.post("/tickets", FILED)
    given = theirs.post("/tickets", {**FILED, "answers": {"why": "For work"}})

    assert missing.status_code == 422
    assert missing.json()["errors"][0]["field"] == "answers.why"
    assert given.status_code == 201


# What was said ----------------------------------------------------------------------------------------------


def test_notes_are_read_by_staff_alone(desk, theirs, ticket, agent):
    actions.note(ticket, "It is the gateway.", by=agent)
    actions.reply(ticket, "We look into it.", by=agent)

    assert kinds(desk.get(f"/tickets/{ticket.ref}/messages")) == ["description", "note", "reply"]
    assert kinds(theirs.get(f"/tickets/{ticket.ref}/messages")) == ["description", "reply"]
    events = theirs.get(f"/tickets/{ticket.ref}/events")
    assert "gateway" not in events.content.decode()
    assert all(event["is_public"] for event in events.json()["items"])


def test_replying_once_for_one_key(desk, theirs, ticket):
    for _again in range(2):
        answer = desk.post(f"/tickets/{ticket.ref}/replies", {"body": "Hello"}, Idempotency_Key="r")
    assert answer.status_code == 201
    assert answer.json()["kind"] == "reply"
    assert kinds(theirs.get(f"/tickets/{ticket.ref}/messages")) == ["description", "reply"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/tickets", "/tickets/{}/replies"])
def test_one_key_at_the_same_moment_does_it_once(theirs, ticket, path):
    """As a program does that was not answered in time, and asks again while the first is still at work."""
    body = FILED if path == "/tickets" else {"body": "Still."}

    def ask():
        program = Program(theirs.secret)
        return program.post(path.format(ticket.ref), body, Idempotency_Key="a")

    answers = together(6, ask)

    assert {one.status_code for one in answers} == {201}
    assert len({one.content for one in answers}) == 1
    assert (Ticket.objects.count(), Message.objects.count()) == ((2, 2) if path == "/tickets" else (1, 2))  # fmt: skip


def test_a_requester_writes_no_note(theirs, ticket):
    assert theirs.post(f"/tickets/{ticket.ref}/notes", {"body": "Hm"}).status_code == 403


def test_a_file_comes_with_words_and_is_read_by_who_reads_them(
    desk, theirs, program_of, other_requester, ticket
):
    sent = SimpleUploadedFile("log.txt", b"a line", "text/plain")
    answer = Client().post(
        f"/api/v1/tickets/{ticket.ref}/attachments",
        {"body": "See the log", "kind": "note", "files": [sent]},
        headers={"Authorization": f"Bearer {desk.secret}"},
    )

    assert answer.status_code == 201
    (file,) = answer.json()["files"]
    url = file["url"].removeprefix("/api/v1")
    assert b"".join(desk.get(url).streaming_content) == b"a line"
    assert desk.get(url)["Content-Disposition"].startswith("attachment")
    assert theirs.get(url).status_code == 404
    assert program_of(other_requester).get(url).status_code == 404


def test_a_file_of_a_kind_that_is_not_taken(desk, ticket):
    sent = SimpleUploadedFile("run.exe", b"MZ", "application/octet-stream")
    answer = Client().post(
        f"/api/v1/tickets/{ticket.ref}/attachments",
        {"body": "See", "files": [sent]},
        headers={"Authorization": f"Bearer {desk.secret}"},
    )
    assert answer.status_code == 422


def send_files(program, ticket, *files, **headers):
    """Files a ticket as one form: what it is as JSON, and the files."""
    said = ticket if isinstance(ticket, str) else json.dumps(ticket)
    return Client().post(
        "/api/v1/tickets/with-files",
        {"ticket": said, "files": list(files)},
        headers={"Authorization": f"Bearer {program.secret}", **headers},
    )


def a_file(name="log.txt", content=b"a line"):
    return SimpleUploadedFile(name, content)


@pytest.fixture
def report(category):
    return {"title": "Slow", "description": "Very.", "category": category.slug}


def test_a_ticket_is_filed_with_its_files(theirs, desk, program_of, other_requester, report):
    answer = send_files(theirs, report, a_file(), a_file("second.log", b"another"))

    assert answer.status_code == 201, answer.content
    ref = answer.json()["ref"]
    assert answer["Location"] == f"/api/v1/tickets/{ref}"
    (said,) = theirs.get(f"/tickets/{ref}/messages").json()["items"]
    assert (said["kind"], [one["name"] for one in said["files"]]) == ("description", ["log.txt", "second.log"])  # fmt: skip
    listed = theirs.get(f"/tickets/{ref}/attachments?limit=1").json()
    assert (listed["items"][0]["name"], listed["items"][0]["message"]) == ("log.txt", said["id"])
    rest = theirs.get(listed["next"].removeprefix("/api/v1")).json()
    assert [one["name"] for one in rest["items"]] == ["second.log"]
    url = listed["items"][0]["url"].removeprefix("/api/v1")
    assert b"".join(desk.get(url).streaming_content) == b"a line"
    stranger = program_of(other_requester)
    assert stranger.get(f"/tickets/{ref}/attachments").status_code == 404
    assert stranger.get(url).status_code == 404


def test_files_of_notes_are_listed_for_staff_alone(desk, theirs, ticket, agent):
    actions.note(ticket, "Between us", by=agent, files=[text_file("inside.txt")])
    actions.reply(ticket, "For you", by=agent, files=[text_file("outside.txt")])

    def names(program):
        return [one["name"] for one in program.get(f"/tickets/{ticket.ref}/attachments").json()["items"]]  # fmt: skip

    assert names(desk) == ["inside.txt", "outside.txt"]
    assert names(theirs) == ["outside.txt"]


def test_filing_with_files_twice_by_one_key_is_one_ticket(theirs, report):
    key = {"Idempotency-Key": "one"}
    first = send_files(theirs, report, a_file(), **key)
    again = send_files(theirs, report, a_file(), **key)
    other = send_files(theirs, report, a_file(content=b"something else"), **key)

    assert (first.status_code, first.json()["ref"]) == (201, again.json()["ref"])
    assert other.status_code == 422
    assert Attachment.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("run.exe", b"MZ"), ("picture.png", b"no picture"), ("empty.txt", b""), ("page.html", b"<script>"),
        ("text.txt", b"\x00\x00"), ("none", b"x"),
    ],
)  # fmt: skip
def test_what_our_forms_do_not_take_is_refused_and_nothing_is_filed(theirs, report, name, content):
    assert send_files(theirs, report, a_file(), a_file(name, content)).status_code == 422
    assert not Ticket.objects.exists()


def test_too_many_and_too_large_files_are_refused(theirs, report, settings):
    settings.ATTACHMENTS_PER_MESSAGE, settings.ATTACHMENT_MAX_BYTES = 2, 10

    many = send_files(theirs, report, *(a_file(f"{n}.txt") for n in range(3)))
    large = send_files(theirs, report, a_file(content=b"x" * 11))

    assert (many.status_code, many.json()["errors"][0]["field"]) == (422, "files")
    assert large.status_code == 422
    assert not Ticket.objects.exists()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ("{", "ticket"), ("[]", "ticket"), ('{"title": "a", "title": "b"}', "ticket"), ("{}", "ticket.title"),
        ('"\\ud800"', "ticket"), ("NaN", "ticket"), ("[" * 5000, "ticket"), ('{"titel": "a"}', "ticket.titel"),
    ],
)  # fmt: skip
def test_a_part_that_is_no_ticket_is_named(theirs, said, field):
    answer = send_files(theirs, said, a_file())

    assert answer.status_code == 422
    assert field in {one["field"] for one in answer.json()["errors"]}


def test_a_question_for_files_is_answered_by_their_names(theirs, report, category, admin):
    asked = [{"key": "photo", "kind": "file", "label": "A photo", "required": True}]
    change_questions(category, asked, by=admin)
    answered = report | {"answers": {"photo": ["desk.txt"]}}

    lacking = send_files(theirs, report, a_file())
    unsent = send_files(theirs, answered, a_file("other.txt"))
    filed = send_files(theirs, answered, a_file(), a_file("desk.txt", b"the desk"))

    assert lacking.json()["errors"][0]["field"] == "answers.photo"
    assert unsent.json()["errors"][0]["field"] == "answers.photo"
    assert filed.status_code == 201, filed.content
    assert Ticket.objects.count() == 1
    assert sorted(Attachment.objects.values_list("name", flat=True)) == ["desk.txt", "log.txt"]


def test_without_the_scope_or_files_nothing_is_filed(program_of, requester, theirs, report):
    reader = program_of(requester, Scope.TICKETS_READ)

    assert send_files(reader, report, a_file()).status_code == 403
    assert send_files(theirs, report).status_code == 422
    assert theirs.post("/tickets/with-files", report).status_code in {415, 422}
    assert not Ticket.objects.exists()


def test_events_go_on_where_they_ended(desk, ticket, agent):
    actions.take(ticket, by=agent)
    first = desk.get(f"/tickets/{ticket.ref}/events?limit=1").json()
    rest = desk.get(first["next"].removeprefix("/api/v1")).json()

    assert [one["kind"] for one in first["items"]] == ["filed"]
    assert "Sasha Vole" in rest["items"][0]["sentence"]


def test_every_event_is_told_in_a_sentence_for_either_side(desk, theirs, ticket, agent, requester):
    actions.reply(ticket, "Try automatic.", by=agent)
    actions.note(ticket, "Third one this week.", by=agent)
    actions.tag(ticket, add=["hooky"], by=agent)
    actions.tag(ticket, add=["a", "b"], remove=["hooky"], by=agent)
    actions.tag(ticket, remove=["a"], by=agent)

    def told(who):
        items = who.get(f"/tickets/{ticket.ref}/events").json()["items"]
        return {one["kind"]: one["sentence"] for one in items}, [one["sentence"] for one in items]

    by_kind, sentences = told(desk)
    assert by_kind["filed"] == f"{requester.display_name} reported this"
    assert by_kind["replied"] == f"{agent.display_name} replied"
    assert by_kind["noted"] == f"{agent.display_name} wrote an internal note"
    assert sentences[-3:] == [
        f"{agent.display_name} added the tag hooky",
        f"{agent.display_name} added the tags a, b and removed hooky",
        f"{agent.display_name} removed the tag a",
    ]
    assert all(sentences)
    theirs_by_kind, sentences = told(theirs)
    assert theirs_by_kind["replied"] == f"{agent.display_name} replied"
    assert all(sentences)


def test_links_and_followers_are_told_as_far_as_they_are_seen(
    desk, theirs, ticket, make_ticket, agent, admin, other_category, other_requester
):
    near, far = make_ticket("Near"), make_ticket("Far", category=other_category)
    actions.link(ticket, to=near, kind="related", by=agent)
    actions.link(ticket, to=far, kind="related", by=admin)
    actions.follow(ticket, who=other_requester, by=agent)

    told = desk.get(f"/tickets/{ticket.ref}/around").json()
    assert [one["ref"] for one in told["links"]] == [near.ref]
    assert [one["name"] for one in told["followers"]] == ["Mika Thistle"]
    assert theirs.get(f"/tickets/{ticket.ref}/around").json()["links"] == []


def refs(answer):
    assert answer.status_code == 200, answer.content
    return [one["ref"] for one in answer.json()["items"]]


def kinds(answer):
    return [one["kind"] for one in answer.json()["items"]]
