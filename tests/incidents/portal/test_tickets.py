"""My tickets."""

import pytest

from incidents.tickets import actions

HTMX = {"HX-Request": "true"}


def close(ticket, agent):
    actions.resolve(ticket, "Done.", code="fixed", by=agent)
    return actions.confirm(ticket, by=ticket.requester)


def titles(answer):
    return [line.ticket.title for line in answer.context["lines"]]


def test_open_and_closed_are_apart_newest_first(client_of, requester, agent, make_ticket):
    for title in ("First", "Second", "Third"):
        make_ticket(title)
    close(make_ticket("Old one"), agent)
    client = client_of(requester)

    assert titles(client.get("/tickets/")) == ["Third", "Second", "First"]
    assert titles(client.get("/tickets/?state=closed")) == ["Old one"]


def test_tickets_reported_by_or_for_the_person_are_theirs(
    client_of, requester, other_requester, make_ticket
):
    make_ticket("For Mika", requester=other_requester)

    assert titles(client_of(requester).get("/tickets/")) == ["For Mika"]
    assert titles(client_of(other_requester).get("/tickets/")) == ["For Mika"]


def test_an_agent_finds_only_their_own_here(client_of, agent, make_ticket):
    make_ticket()

    assert titles(client_of(agent).get("/tickets/")) == []


def test_a_long_list_comes_in_pages(client_of, requester, make_ticket):
    for n in range(30):
        make_ticket(f"Broken {n}")
    client = client_of(requester)

    first = client.get("/tickets/")
    second = client.get("/tickets/", {"after": first.context["next"]})

    assert len(titles(first)) == 25
    assert titles(first) + titles(second) == [f"Broken {n}" for n in reversed(range(30))]
    assert not second.context["next"]


def test_a_token_that_is_not_ours_gives_the_first_page(client_of, requester, make_ticket):
    make_ticket("Broken")

    assert titles(client_of(requester).get("/tickets/", {"after": "1; DROP TABLE"})) == ["Broken"]


@pytest.mark.parametrize("number", [10, 50])
def test_it_needs_few_queries_however_many_tickets(number, client_of, requester, agent, make_ticket, django_assert_max_num_queries):  # fmt: skip
    for n in range(number):
        actions.reply(make_ticket(f"Broken {n}"), "Which one?", by=agent)
    client = client_of(requester)
    client.get("/")

    with django_assert_max_num_queries(8):
        assert client.get("/tickets/").status_code == 200


# Other people's tickets ---------------------------------------------------------------------------------


@pytest.fixture
def sharing(department):
    department.shares_tickets = True
    department.save()
    return department


def tabs(answer):
    return [tab.state for tab in answer.context["tabs"]]


def test_what_i_follow_has_a_list_of_its_own(
    client_of, requester, other_requester, agent, make_ticket
):
    shared, own = make_ticket("Shared with Mika"), make_ticket("Mika's", by=other_requester)
    actions.follow(shared, who=other_requester, by=requester)
    actions.reply(shared, "Which building?", by=agent)
    client = client_of(other_requester)

    assert titles(client.get("/tickets/?state=following")) == ["Shared with Mika"]
    assert titles(client.get("/tickets/")) == [own.title]
    page = client.get("/tickets/?state=following").content.decode()
    assert "Robin Kestrel" in page
    assert f"{shared.get_absolute_url()}#id_body" not in page  # nothing is asked of followers


def test_my_department_is_offered_where_it_shares(client_of, requester, other_requester, make_ticket, department):  # fmt: skip
    make_ticket("Robin's")
    client = client_of(other_requester)
    assert "department" not in tabs(client.get("/tickets/"))
    assert titles(client.get("/tickets/?state=department")) == []

    department.shares_tickets = True
    department.save()

    answer = client_of(other_requester).get("/tickets/?state=department")
    assert "department" in tabs(answer)
    assert titles(answer) == ["Robin's"]


def test_my_department_leaves_out_others_my_own_and_confidential_ones(
    client_of, requester, other_requester, agent, make_ticket, category, other_category, sharing
):
    other_category.is_confidential = other_category.is_confined = True
    other_category.save()
    make_ticket("Robin's")
    make_ticket("Robin's secret", category=other_category)
    make_ticket("Of IT", by=agent)
    make_ticket("Mika's own", by=other_requester)

    assert titles(client_of(other_requester).get("/tickets/?state=department")) == ["Robin's"]


# Searching ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("printer", ["Printer on fire"]),
        ("FIRE print", ["Printer on fire"]),
        ("toner", ["Printer on fire"]),  # said in public
        ("Äpfel", ["Grüße an Ärzte"]),
        ("äPFEL grüsse", []),
        ("ärzte", ["Grüße an Ärzte"]),
        ("GRÜßE", ["Grüße an Ärzte"]),
        ("secret", []),  # said in a note
        ("nothing", []),
        ("%", []),
        ("_", []),
        (".*", []),
        ("ä.*", []),
        ("  ", ["Grüße an Ärzte", "Printer on fire"]),
    ],
)
def test_a_list_is_searched_by_title_and_what_was_said(
    client_of, requester, agent, make_ticket, words, found
):
    printer = make_ticket("Printer on fire", description="It burns.")
    actions.reply(printer, "Is it the toner?", by=agent)
    actions.note(printer, "secret", by=agent)
    make_ticket("Grüße an Ärzte", description="Zwei Äpfel.")

    assert titles(client_of(requester).get("/tickets/", {"q": words})) == found


@pytest.mark.parametrize("shape", ["INC-{n}", "inc-{n}", "{n}"])
def test_a_number_finds_its_ticket(client_of, requester, make_ticket, shape):
    ticket = make_ticket("Printer", description="It burns.")
    make_ticket("Other", description="It burns.")

    found = client_of(requester).get("/tickets/", {"q": shape.format(n=ticket.number)})
    assert titles(found) == ["Printer"]


def test_a_search_stays_in_its_list_and_keeps_its_words_while_paging(
    client_of, requester, agent, make_ticket
):
    for n in range(30):
        make_ticket(f"Broken {n}")
    make_ticket("Whole", description="Fine")
    close(make_ticket("Broken and closed"), agent)
    client = client_of(requester)

    first = client.get("/tickets/", {"q": "broken"})
    second = client.get("/tickets/", {"q": "broken", "after": first.context["next"]})

    assert len(titles(first) + titles(second)) == 30
    assert "q=broken&amp;after=" in first.content.decode()
    assert titles(client.get("/tickets/", {"q": "broken", "state": "closed"})) == [
        "Broken and closed"
    ]


def test_a_search_that_finds_nothing_says_so(client_of, requester, make_ticket):
    make_ticket()
    page = client_of(requester).get("/tickets/", {"q": "<b>zebra"}).content.decode()

    assert "“&lt;b&gt;zebra”" in page


# What is new ----------------------------------------------------------------------------------------------


def unread(answer):
    return [line.ticket.title for line in answer.context["lines"] if line.is_unread]


@pytest.mark.parametrize("page", ["/tickets/", "/"])
def test_what_happened_since_i_looked_is_marked(client_of, requester, agent, make_ticket, page):
    asked, _quiet = make_ticket("Asked"), make_ticket("Quiet")
    actions.reply(asked, "Which building?", by=agent)
    client = client_of(requester)
    assert unread(client.get(page)) == ["Asked"]
    assert client.get(page).content.decode().count("New:") == 1

    version = client.get(asked.get_absolute_url()).context["ticket"].public_version
    assert unread(client.get(page)) == ["Asked"]  # looking at a page is a GET
    client.post(f"{asked.get_absolute_url()}reading/", {"version": version})

    assert unread(client.get(page)) == []


def test_my_own_words_are_not_new_to_me(client_of, requester, make_ticket):
    actions.reply(make_ticket(), "And it beeps.", by=requester)

    assert unread(client_of(requester).get("/tickets/")) == []


def test_a_ticket_that_a_colleague_shares_is_new(client_of, requester, other_requester, make_ticket):  # fmt: skip
    actions.follow(make_ticket("Shared"), who=other_requester, by=requester)

    assert unread(client_of(other_requester).get("/tickets/?state=following")) == ["Shared"]


# By itself ------------------------------------------------------------------------------------------------


def test_a_list_is_answered_alone_and_only_when_it_changed(client_of, requester, agent, ticket):
    client = client_of(requester)
    seen = {"seen": client.get("/tickets/").context["stamp"]}
    assert client.get("/tickets/", seen, headers=HTMX).status_code == 204
    assert client.get("/tickets/", seen).status_code == 200  # somebody who has this address

    actions.reply(ticket, "Which building?", by=agent)

    answer = client.get("/tickets/", seen, headers=HTMX)
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    assert f"live:requester:{requester.pk} from:body" in answer.content.decode()


def test_other_peoples_tickets_wake_their_list_one_by_one(
    client_of, requester, other_requester, make_ticket
):
    ticket = make_ticket()
    actions.follow(ticket, who=other_requester, by=requester)

    page = client_of(other_requester).get("/tickets/?state=following").content.decode()
    assert f"live:ticket:{ticket.number} from:body" in page


@pytest.mark.parametrize("number", [5, 25])
@pytest.mark.parametrize("state", ["following", "department", "open"])
def test_every_list_needs_few_queries(number, state, client_of, requester, other_requester, agent, make_ticket, sharing, django_assert_max_num_queries):  # fmt: skip
    for n in range(number):
        ticket = make_ticket(f"Broken {n}", by=other_requester)
        actions.follow(ticket, who=requester, by=other_requester)
        actions.reply(make_ticket(f"Mine {n}"), "Which one?", by=agent)
    client = client_of(requester)

    with django_assert_max_num_queries(9):
        found = client.get("/tickets/", {"state": state, "q": "e"})
    assert len(titles(found)) == number
