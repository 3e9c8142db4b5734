"""One ticket as its requester sees it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.typed import mark
from incidents.tickets import actions
from incidents.tickets.models import Draft, Ticket
from incidents.workflow.states import Status

HTMX = {"HX-Request": "true"}


@pytest.fixture
def resolved(ticket, agent):
    return actions.resolve(ticket, "Restarted the gateway.", code="fixed", by=agent)


def page_of(client, ticket):
    return client.get(ticket.get_absolute_url()).content.decode()


# Reading ------------------------------------------------------------------------------------------


def test_it_shows_number_steps_who_has_it_and_the_conversation(client_of, requester, ticket, agent):
    actions.take(ticket, by=agent)
    actions.reply(ticket, "Which building?", by=agent)

    page = page_of(client_of(requester), ticket)

    for shown in (ticket.ref, ticket.title, "Being worked on", "Sasha Vole", "Network", "Which building?", "It drops every few minutes."):  # fmt: skip
        assert shown in page


def test_it_has_words_for_the_day_it_is_no_longer_open_to_them(client_of, requester, ticket):
    page = page_of(client_of(requester), ticket)

    assert 'id="live" data-gone="ticket"' in " ".join(page.split())
    words = page.partition('<template id="gone-ticket">')[2].partition("</template>")[0]
    assert "You can no longer open this ticket" in words
    assert "Nothing was sent; copy your text." in words


@pytest.mark.parametrize("seeing", ["requester", "follower", "agent", "auditor"])
def test_its_people_see_it(request, client_of, ticket, requester, other_requester, seeing):
    if seeing == "follower":
        actions.follow(ticket, who=other_requester, by=requester)
    person = other_requester if seeing == "follower" else request.getfixturevalue(seeing)

    assert client_of(person).get(ticket.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("outsider", ["other_requester", "other_agent", "editor"])
def test_to_others_it_does_not_exist(request, client_of, ticket, requester, outsider):
    client = client_of(request.getfixturevalue(outsider))
    url = ticket.get_absolute_url()

    assert [client.get(at).status_code for at in (url, f"{url}live/", "/tickets/INC-999999/")] == [
        404
    ] * 3
    posts = (
        "replies/",
        "confirmation/",
        "reopening/",
        "followers/",
        f"followers/{requester.pk}/removal/",
    )
    assert [
        client.post(url + at, {"body": "x", "who": "Robin Kestrel"}).status_code for at in posts
    ] == [404] * 5
    assert ticket.events.count() == 1


@pytest.mark.parametrize("reader", ["requester", "agent"])
def test_internal_notes_and_their_files_never_show_here(request, client_of, ticket, agent, reader):
    from accounts.files import check

    secret = check(SimpleUploadedFile("canary-file.txt", b"x"))
    actions.note(ticket, "canary words", by=agent, files=[secret])
    client = client_of(request.getfixturevalue(reader))

    for answer in (
        client.get(ticket.get_absolute_url()),
        client.get(f"{ticket.get_absolute_url()}live/"),
    ):
        assert "canary" not in answer.content.decode()


def test_pictures_are_shown_and_other_files_are_links(client_of, requester, ticket, picture):
    files = [picture, SimpleUploadedFile("trace.log", b"line")]
    client = client_of(requester)
    client.post(f"{ticket.get_absolute_url()}replies/", {"body": "See", "files": files})

    page = page_of(client, ticket)

    assert 'class="fb-picture"' in page
    assert "trace.log" in page


def test_an_agent_finds_the_way_to_the_desk_and_a_requester_does_not(
    client_of, requester, agent, ticket
):
    assert ticket.desk_url in page_of(client_of(agent), ticket)
    assert ticket.desk_url not in page_of(client_of(requester), ticket)


# Changing by itself ---------------------------------------------------------------------------------


def test_nothing_new_is_answered_until_something_public_happened(
    client_of, requester, ticket, agent
):
    client, live = client_of(requester), f"{ticket.get_absolute_url()}live/"
    seen = {"version": ticket.public_version}
    actions.note(ticket, "Internal.", by=agent)
    assert client.get(live, seen).status_code == 204

    actions.reply(ticket, "Which building?", by=agent)

    assert client.get(live, seen).status_code == 200


def test_what_changes_comes_in_its_parts_without_anything_to_type_into(
    client_of, requester, ticket, agent
):
    actions.take(ticket, by=agent)

    part = (
        client_of(requester)
        .get(f"{ticket.get_absolute_url()}live/", {"version": 1}, headers=HTMX)
        .content.decode()
    )

    for region in ("live", "progress", "timeline", "who", "followers", "send"):
        assert f'id="{region}"' in part
    assert "<textarea" not in part
    assert 'type="file"' not in part
    assert 'name="who"' not in part
    assert "<html" not in part


# Replying -------------------------------------------------------------------------------------------


def test_a_reply_is_added_and_ends_the_waiting(client_of, requester, ticket, agent):
    actions.transition(ticket, to=Status.WAITING_REQUESTER, by=agent, text="Which building?")

    answer = client_of(requester).post(
        f"{ticket.get_absolute_url()}replies/", {"body": "The old one."}, follow=True
    )

    ticket.refresh_from_db()
    assert "The old one." in answer.content.decode()
    assert ticket.status == Status.OPEN


def test_with_htmx_the_parts_and_an_empty_form_come_back(client_of, requester, ticket):
    answer = client_of(requester).post(
        f"{ticket.get_absolute_url()}replies/", {"body": "More."}, headers=HTMX
    )

    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.count("More.") == 1
    assert 'id="composer"' in page
    assert 'hx-swap-oob="true"' in page


def test_an_empty_reply_is_refused_with_and_without_javascript(client_of, requester, ticket):
    client, url = client_of(requester), f"{ticket.get_absolute_url()}replies/"

    assert client.post(url, {"body": " "}).status_code == 422
    part = client.post(url, {"body": " "}, headers=HTMX)
    assert part.status_code == 422
    assert "<html" not in part.content.decode()
    assert ticket.messages.count() == 1


def test_a_bad_file_is_refused_and_the_words_are_kept(client_of, requester, ticket):
    bad = SimpleUploadedFile("virus.exe", b"MZ")

    answer = client_of(requester).post(
        f"{ticket.get_absolute_url()}replies/", {"body": "Long story", "files": bad}
    )

    assert answer.status_code == 422
    assert "Long story" in answer.content.decode()
    assert "virus.exe" in answer.content.decode()
    assert ticket.messages.count() == 1


def test_sending_a_reply_twice_adds_it_once(client_of, requester, ticket):
    client = client_of(requester)
    for _ in range(2):
        client.post(f"{ticket.get_absolute_url()}replies/", {"body": "Once.", "key": "k"})

    assert ticket.messages.filter(body="Once.").count() == 1


def test_a_closed_ticket_takes_no_reply(client_of, requester, resolved):
    actions.confirm(resolved, by=requester)
    client = client_of(requester)

    assert client.post(f"{resolved.get_absolute_url()}replies/", {"body": "But"}).status_code == 409
    assert 'id="composer"' not in page_of(client, resolved)


def test_who_only_reads_is_offered_no_reply(client_of, auditor, ticket):
    client = client_of(auditor)

    assert 'id="composer"' not in page_of(client, ticket)
    assert client.post(f"{ticket.get_absolute_url()}replies/", {"body": "x"}).status_code == 403


def test_a_reply_being_typed_is_kept_until_it_is_sent(client_of, requester, ticket):
    client = client_of(requester)
    client.post(f"/drafts/reply:{ticket.ref}/", {"body": "Half a rep"})
    assert "Half a rep" in page_of(client, ticket)

    client.post(f"{ticket.get_absolute_url()}replies/", {"body": "A whole reply."})

    assert not Draft.objects.exists()


def test_a_reply_sent_after_the_session_ended_waits_for_the_sign_in(
    client, requester, ticket, settings
):
    url = ticket.get_absolute_url()
    kept = {"body": "Typed before the end", "kept_for": mark(requester.pk, f"reply:{ticket.ref}")}

    answer = client.post(f"{url}replies/", kept, headers={"Referer": f"http://testserver{url}"})
    assert answer.url == f"/accounts/login/?next={url}"
    client.force_login(requester, backend=settings.AUTHENTICATION_BACKENDS[0])

    assert "Typed before the end" in page_of(client, ticket)
    assert ticket.messages.count() == 1


# Is it working again? ---------------------------------------------------------------------------------


def test_only_a_resolved_ticket_asks_whether_it_works(client_of, requester, ticket, agent):
    client = client_of(requester)
    assert "it works again" not in page_of(client, ticket)

    actions.resolve(ticket, "Restarted.", code="fixed", by=agent)

    assert "Yes, it works again" in page_of(client, ticket)
    assert "No, still broken" in page_of(client, ticket)


def test_confirming_closes_it(client_of, requester, resolved):
    answer = client_of(requester).post(f"{resolved.get_absolute_url()}confirmation/")

    assert answer.url == resolved.get_absolute_url()
    assert Ticket.objects.get().status == Status.CLOSED


def test_confirming_with_htmx_brings_the_parts(client_of, requester, resolved):
    page = (
        client_of(requester)
        .post(f"{resolved.get_absolute_url()}confirmation/", headers=HTMX)
        .content.decode()
    )

    assert 'id="progress"' in page
    assert "This ticket is closed" in page


def test_still_broken_opens_it_again_with_words_and_files(client_of, requester, resolved, picture):
    client_of(requester).post(
        f"{resolved.get_absolute_url()}reopening/",
        {"body": "It dropped again.", "files": [picture]},
    )

    resolved.refresh_from_db()
    assert (resolved.status, resolved.reopen_count) == (Status.OPEN, 1)
    assert resolved.messages.get(body="It dropped again.").attachments.count() == 1


def test_still_broken_needs_words(client_of, requester, resolved):
    answer = client_of(requester).post(f"{resolved.get_absolute_url()}reopening/", {"body": ""})

    assert answer.status_code == 422
    assert Ticket.objects.get().status == Status.RESOLVED


def test_a_follower_can_neither_confirm_nor_reopen(client_of, requester, other_requester, resolved):
    actions.follow(resolved, who=other_requester, by=requester)
    client, url = client_of(other_requester), resolved.get_absolute_url()

    assert "Yes, it works again" not in page_of(client, resolved)
    assert [
        client.post(url + at, {"body": "x"}).status_code for at in ("confirmation/", "reopening/")
    ] == [403, 403]


# Who gets updates ---------------------------------------------------------------------------------------


def test_a_colleague_is_added_by_name_and_then_sees_it(
    client_of, requester, other_requester, ticket
):
    client_of(requester).post(f"{ticket.get_absolute_url()}followers/", {"who": "mika thistle"})

    assert client_of(other_requester).get(ticket.get_absolute_url()).status_code == 200


def test_adding_with_htmx_brings_the_list_and_an_empty_field(
    client_of, requester, other_requester, ticket
):
    answer = client_of(requester).post(
        f"{ticket.get_absolute_url()}followers/", {"who": "Mika Thistle"}, headers=HTMX
    )

    page = answer.content.decode()
    assert 'id="followers"' in page
    assert 'id="add-follower"' in page
    assert "Remove Mika Thistle" in page


@pytest.mark.parametrize("who", ["", "Nobody Here"])
def test_a_name_of_nobody_is_refused(client_of, requester, ticket, who):
    client, url = client_of(requester), f"{ticket.get_absolute_url()}followers/"

    assert client.post(url, {"who": who}).status_code == 422
    assert client.post(url, {"who": who}, headers=HTMX).status_code == 422


def test_a_colleague_is_taken_off_again(client_of, requester, other_requester, ticket):
    actions.follow(ticket, who=other_requester, by=requester)

    client_of(requester).post(f"{ticket.get_absolute_url()}followers/{other_requester.pk}/removal/")

    assert client_of(other_requester).get(ticket.get_absolute_url()).status_code == 404


def test_a_follower_takes_themselves_off_but_nobody_else(
    client_of, requester, other_requester, make_namesake, ticket
):
    third = make_namesake("Third Person")
    for person in (other_requester, third):
        actions.follow(ticket, who=person, by=requester)
    client, url = client_of(other_requester), f"{ticket.get_absolute_url()}followers/"

    assert client.post(f"{url}{third.pk}/removal/").status_code == 403
    assert client.post(f"{url}{other_requester.pk}/removal/").url == "/tickets/"
    assert list(ticket.followers.all()) == [third]


def test_a_follower_adds_nobody(client_of, requester, other_requester, agent, ticket):
    actions.follow(ticket, who=other_requester, by=requester)
    client = client_of(other_requester)

    assert "add-follower" not in page_of(client, ticket)
    assert (
        client.post(
            f"{ticket.get_absolute_url()}followers/", {"who": agent.display_name}
        ).status_code
        == 403
    )


def test_reading_changes_nothing(client_of, requester, ticket):
    client, url = client_of(requester), ticket.get_absolute_url()
    for at in ("", "live/"):
        client.get(url + at)

    for at in (
        "replies/",
        "confirmation/",
        "reopening/",
        "followers/",
        f"followers/{requester.pk}/removal/",
    ):
        assert client.get(url + at).status_code == 405
    assert ticket.events.count() == 1


@pytest.mark.parametrize("number", [10, 50])
def test_it_needs_the_same_queries_however_long_the_history(number, client_of, requester, agent, ticket, django_assert_max_num_queries):  # fmt: skip
    for n in range(number):
        actions.reply(ticket, f"Message {n}", by=agent)
    client = client_of(requester)
    client.get(ticket.get_absolute_url())  # what usually happens is asked for once an hour

    with django_assert_max_num_queries(14):
        assert client.get(ticket.get_absolute_url()).status_code == 200
