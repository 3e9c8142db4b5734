"""Chat and phone services by Apprise: teams' channels and people's own, against a service on loopback."""

import json
import re
import subprocess
import sys
from urllib.parse import unquote_plus, urlsplit

import pytest
from django.db import connection
from django_q.models import OrmQ

from accounts.administration import portable
from accounts.errors import InvalidInput, NotAllowed
from accounts.models import AdminChange, AuditEntry, Role
from incidents.notify import actions as notices
from incidents.notify import chats, jobs, services
from incidents.notify.models import ChatAddress, ChatService, Delivery, Posting, State
from incidents.tickets import actions
from tests.conftest import make_person
from tests.incidents.notify.conftest import change_services, make_service
from tests.incidents.notify.test_worker import mail_to
from tests.sinks import answer, certificate, sink

PAGE = "/admin/notify/chatservice/"
TOKEN = "TOKEN-of-the-room"
THERE = "https://help.example.com/desk/tickets/INC-7/"
SID = f"AC{'7' * 32}"


@pytest.fixture
def service():
    with sink() as made:
        yield made


@pytest.fixture
def room(service, team):
    """The team's channel, which only staff read."""
    return make_service(
        name="Network's room", address=f"json://127.0.0.1:{service.port}/{TOKEN}", team=team,
        is_staff_only=True, topics=["team", "replies", "progress", "notes", "escalated"], is_on=True,
    )  # fmt: skip


@pytest.fixture
def phones(service, db):
    """What people may use with a number of their own."""
    return make_service(
        name="Text messages", address=f"json://127.0.0.1:{service.port}/sms/{{to}}", is_on=True
    )


def posted(service):
    return [json.loads(one.body) for one in service.received]


# Channels of teams --------------------------------------------------------------------------------------------


def test_what_happens_on_a_teams_ticket_is_posted_in_its_channel(service, room, ticket, agent):
    actions.reply(ticket, "The secret is in the words.", by=agent)

    assert jobs.send_due("rooms") == 2

    first, second = posted(service)
    assert "reported a problem" in first["message"]
    assert "replied" in second["message"]
    assert ticket.ref in second["title"]
    assert ticket.title in second["title"]
    assert ticket.desk_url in second["message"]
    assert "secret" not in str(posted(service))
    assert [row.state for row in Posting.objects.all()] == [State.SENT] * 2


def test_one_event_is_posted_once_in_a_channel(room, ticket):
    from incidents.notify import rooms

    event = ticket.events.get()
    with pytest.raises(Exception, match=r"UNIQUE|unique"):
        rooms.post(event)


def test_an_internal_note_is_posted_only_where_staff_alone_read(service, room, ticket, agent, team):
    public = make_service(
        name="Everybody", address=f"json://127.0.0.1:{service.port}/all", team=team,
        topics=["notes", "replies", "escalated"], is_on=True,
    )  # fmt: skip
    actions.note(ticket, "A note.", by=agent)
    actions.escalate(ticket, told=[agent.pk], reason="Her password is hunter2.", by=agent)
    assert not Posting.objects.filter(service=public).exists()

    jobs.send_due("rooms")

    said = str(posted(service))
    assert "wrote an internal note" in said
    assert "hunter2" not in said
    assert "A note." not in said


def test_a_channel_that_others_read_too_is_told_no_title(service, ticket, agent, team):
    make_service(
        name="Everybody", address=f"json://127.0.0.1:{service.port}/all", team=team,
        topics=["replies"], is_on=True,
    )  # fmt: skip
    actions.reply(ticket, "Yes.", by=agent)

    jobs.send_due("rooms")

    assert posted(service)[0]["title"] == ticket.ref


def test_what_has_become_staff_only_meanwhile_is_not_posted(service, room, ticket, agent):
    jobs.send_due("rooms")
    actions.note(ticket, "A note.", by=agent)
    change_services(is_staff_only=False)

    jobs.send_due("rooms")

    assert len(service.received) == 1
    assert Posting.objects.latest("pk").state == State.DROPPED


@pytest.mark.parametrize("change", [{"is_on": False}, {"team": None}])
def test_a_channel_that_was_switched_off_or_given_away_hears_nothing(service, room, ticket, change):
    change_services(**change)

    jobs.send_due("rooms")

    assert service.received == []
    assert Posting.objects.get().state == State.DROPPED


def test_confidential_tickets_are_in_no_channel(room, make_ticket, category):
    category.is_confined = True
    category.save()

    make_ticket()

    assert not Posting.objects.exists()


def test_other_teams_tickets_and_other_topics_are_not_posted(room, make_ticket, other_category, agent):  # fmt: skip
    change_services(topics=["progress"])
    ticket = make_ticket()
    actions.reply(ticket, "Yes.", by=agent)
    make_ticket(category=other_category)
    assert not Posting.objects.exists()

    actions.resolve(ticket, "Done.", code="fixed", by=agent)
    assert Posting.objects.count() == 1


def test_a_service_that_is_down_is_asked_again_and_holds_up_no_other(service, room, ticket, agent, team):  # fmt: skip
    with sink() as other:
        make_service(
            name="Second", address=f"json://127.0.0.1:{other.port}/", team=team, topics=["replies"], is_on=True,
        )  # fmt: skip
        service.behave = answer(503)
        actions.reply(ticket, "Yes.", by=agent)
        jobs.send_due("rooms")
        assert len(other.received) == 1

    row = Posting.objects.filter(service=room).earliest("pk")
    assert (row.state, row.attempts, row.last_error) == (State.WAITING, 1, "the service answers 503")  # fmt: skip
    assert len(service.received) == 1  # the second waits for the first


def test_a_service_that_refuses_is_not_asked_again(service, room, ticket):
    service.behave = answer(404)

    jobs.send_due("rooms")

    assert Posting.objects.get().state == State.FAILED


# People's own -------------------------------------------------------------------------------------------------


def test_somebody_called_for_help_is_told_on_their_phone(service, phones, ticket, lead, agent):
    notices.set_address(phones, "+49 151 2345678", by=lead)
    actions.escalate(ticket, told=[lead.pk], reason="Her password is hunter2.", by=agent)

    assert jobs.send_due("chat") == 1

    assert urlsplit(service.received[0].path).path == "/sms/+491512345678"
    assert posted(service)[0]["title"] == ticket.ref
    assert "calls for your help" in posted(service)[0]["message"]
    assert "hunter2" not in str(posted(service))
    assert Delivery.objects.get(channel="chat").state == State.SENT


@pytest.mark.parametrize("down", ["/sms", "/call"])
def test_one_service_that_is_down_is_asked_again_though_another_refuses(service, phones, ticket, lead, agent, down):  # fmt: skip
    other = make_service(name="Calls", address=f"json://127.0.0.1:{service.port}/call/{{to}}", is_on=True)  # fmt: skip
    for one in (phones, other):
        notices.set_address(one, "+49 151 2345678", by=lead)
    service.behave = lambda asked, to: answer(503 if asked.path.startswith(down) else 404)(asked, to)  # fmt: skip
    actions.escalate(ticket, told=[lead.pk], reason="It burns.", by=agent)

    jobs.send_due("chat")

    row = Delivery.objects.get(channel="chat")
    assert (row.state, row.last_error) == (State.WAITING, "the service answers 503")


def test_a_service_that_became_a_teams_channel_tells_no_person(service, phones, ticket, lead, agent, team):  # fmt: skip
    notices.set_address(phones, "+49 151 2345678", by=lead)
    actions.escalate(ticket, told=[lead.pk], reason="It burns.", by=agent)
    change_services(team=team)

    jobs.send_due("chat")

    assert service.received == []
    assert Delivery.objects.get(channel="chat").state == State.DROPPED
    actions.escalate(ticket, told=[lead.pk], reason="It still burns.", by=agent)
    assert Delivery.objects.filter(channel="chat").count() == 1


def test_an_address_that_was_removed_is_no_failure(service, phones, ticket, lead, agent):
    notices.set_address(phones, "+49 151 2345678", by=lead)
    actions.escalate(ticket, told=[lead.pk], reason="It burns.", by=agent)
    ChatAddress.objects.all().delete()

    jobs.send_due("chat")

    assert Delivery.objects.get(channel="chat").state == State.DROPPED


def test_without_an_address_there_is_no_row(phones, ticket, lead, agent):
    actions.escalate(ticket, told=[lead.pk], reason="It burns.", by=agent)

    assert not Delivery.objects.filter(channel="chat").exists()
    assert mail_to(lead)


def test_only_what_an_administrator_offers_can_be_used(phones, room, requester, client_of):
    with pytest.raises(NotAllowed):
        notices.set_address(room, "@sasha", by=requester)
    client = client_of(requester)
    assert client.post(f"/notifications/addresses/{room.pk}/", {"to": "@sasha"}).status_code == 404
    phones.is_on = False
    phones.save()
    assert client.post(f"/notifications/addresses/{phones.pk}/", {"to": "@sasha"}).status_code == 404  # fmt: skip
    assert not ChatAddress.objects.exists()


@pytest.mark.parametrize("to", ["", "a b?x=1", "../../x", "x/../y", "+49&to=other", "x" * 100, "{to}", "a,b", "json://x"])  # fmt: skip
def test_a_number_is_a_number_and_a_name_a_name(phones, requester, client_of, to):
    page = client_of(requester).post(f"/notifications/addresses/{phones.pk}/", {"to": to})

    assert page.status_code == 422
    assert not ChatAddress.objects.exists()


def test_ones_own_address_is_set_tried_and_removed(service, phones, requester, client_of):
    client = client_of(requester)
    where = f"/notifications/addresses/{phones.pk}/"
    assert "Text messages" in client.get("/notifications/reach/").text
    assert client.post(where, {"to": "@robin"}).status_code == 302
    assert "@robin" in client.get("/notifications/reach/").text

    assert client.post(f"{where}test/").status_code == 302
    assert OrmQ.objects.count() == 1
    jobs.try_service(phones.pk, "@robin", requester.pk)
    assert "This is a test" in posted(service)[0]["message"]
    assert (
        "Test of a chat or phone service: Text messages" in client.get("/notifications/sent/").text
    )

    client.post(f"{where}removal/")
    assert not ChatAddress.objects.exists()
    assert client.post(f"{where}test/").status_code == 404


# What an administrator types ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd", "syslog://localhost", "windows://", "dbus://", "gnome://", "macosx://", "glib://",
        "mailto://a:b@example.com", "vapid://x?keyfile=/etc/x", "fcm://p/k?keyfile=x", "apprise://host/token",
        "mmost://host/token?template=/etc/passwd", "msteams://a/b/c/?template=file:///etc/passwd",
        "json://host?redirect=yes", "json://host?attach-as=x", "slack://a/b/c?template=x", "json://host?x=file:///etc/passwd", "custom://x",
        "json://host json://other", "json:host", "json", "", "x" * 2000, "json://host/\nx",
        "exec://ls", "tgram://token/chat?image=/etc/passwd",
    ],
)  # fmt: skip
def test_nothing_that_reads_files_runs_programs_or_rings_here(address):
    with pytest.raises(InvalidInput):
        services.check_address(address, for_people=False)


@pytest.mark.parametrize(
    "address",
    [
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general", "mmosts://chat.example.com/TOKEN/",
        "workflows://prod.example.com:443/643e69f83c8944/iojfheobfe", "tgram://123:abc/456",
        f"twilio://{SID}:{'d' * 32}@+15551234567/+15557654321", "json://host/path?-lang=en&overflow=split",
    ],
)  # fmt: skip
def test_what_apprise_writes_can_be_used(address):
    assert chats.check(address, for_people=False) == address


@pytest.mark.parametrize(
    "address",
    ["slack://T1/B1", "mmost://host", "workflows://host/only", "twilio://SID:TOKEN@+1555"],
)
def test_what_apprise_can_not_read_is_refused_before_it_is_kept(address, caplog):
    """And nothing of it is in the log, which has no place for tokens."""
    with pytest.raises(InvalidInput, match="Apprise can’t read this address"):
        chats.check(address, for_people=False)
    assert caplog.messages == []


def test_the_form_says_that_apprise_can_not_read_it(client_of, admin, team):
    answer = client_of(admin).post(
        f"{PAGE}add/",
        {"name": "Room", "team": team.pk, "new_address": "mmost://host", "topics": []},
    )
    assert "Apprise can’t read this address" in answer.text
    assert not ChatService.objects.exists()


def test_people_enter_numbers_or_names_as_their_service_takes_them():
    for address in (f"twilio://{SID}:{'d' * 32}@+15551234567/{{to}}", "mmosts://chat.example.com/TOKEN/{to}"):  # fmt: skip
        assert chats.check(address, for_people=True) == address


def test_every_service_that_is_offered_is_one_that_apprise_knows():
    from apprise.manager_plugins import NotificationManager

    assert services.SERVICES - set(NotificationManager().schemas()) == set()


def sent_to(service, monkeypatch, address):
    """Where a service is known by its own name and not by ours, its name leads to loopback here."""
    from apprise.plugins.slack import NotifySlack
    from apprise.plugins.twilio import NotifyTwilio

    here = f"http://127.0.0.1:{service.port}"
    monkeypatch.setattr(NotifySlack, "webhook_url", f"{here}/services")
    monkeypatch.setattr(NotifyTwilio, "notify_sms_url", f"{here}/Accounts/{{sid}}/Messages.json")
    made = make_service(name="Room", address=address.replace("HOST", f"127.0.0.1:{service.port}"))
    chats.tell(made, "INC-7", f"Robin Kestrel reported a problem.\n{THERE}")
    (one,) = service.received
    return one.path, unquote_plus(one.body.decode())


def test_teams_is_told_by_its_workflow_over_tls(team, tmp_path, monkeypatch):
    """It reads Markdown: a name with signs shows them, and the way to the ticket is a link."""
    with sink(certificate(tmp_path)) as teams:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
        address = f"workflows://127.0.0.1:{teams.port}/643e69f83c8944/iojfheobfe"
        made = make_service(name="Room", address=address, team=team)
        chats.tell(made, "INC-7", f"Robin_K *Kestrel* reported a problem.\n{THERE}")

        (one,) = teams.received
    assert one.path.startswith("/workflows/643e69f83c8944/triggers/manual/paths/invoke?")
    card = json.loads(one.body)["attachments"][0]["content"]
    assert card["type"] == "AdaptiveCard"
    assert [block["text"] for block in card["body"]] == [
        "INC-7", f"Robin\\_K \\*Kestrel\\* reported a problem.\n\n[{THERE}]({THERE})",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "path", "words"),
    [
        ("mmost://HOST/TOKENOFTHEROOM", "/hooks/TOKENOFTHEROOM", r'"text": ".*INC-7.*Robin Kestrel'),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", r"INC-7.*Robin Kestrel"),
        (f"twilio://{SID}:{'d' * 32}@+15551234567/+15557654321", f"/Accounts/{SID}/Messages.json", r"INC-7\s+Robin Kestrel.*To=\+15557654321"),
    ],
)  # fmt: skip
def test_mattermost_slack_and_a_phone_are_told_in_their_own_form(
    service, team, monkeypatch, address, path, words
):
    asked, said = sent_to(service, monkeypatch, address)
    assert asked == path
    assert re.search(words, said, re.DOTALL)
    assert THERE in said
    assert "apprise" not in said.lower(), (
        "it is Firebreak that tells, and no picture comes from elsewhere"
    )


def test_a_service_for_people_needs_a_place_for_their_own():
    with pytest.raises(InvalidInput, match=r"\{to\}"):
        services.check_address("json://host/", for_people=True)
    with pytest.raises(InvalidInput):
        services.check_address("json://host/{to}", for_people=False)


def test_the_address_is_sealed_and_read_back_nowhere(client_of, admin, team):
    client = client_of(admin)
    typed = {"name": "Room", "new_address": f"json://host/{TOKEN}", "team": team.pk, "topics": ["team"], "is_on": "on"}  # fmt: skip
    assert client.post(f"{PAGE}add/", typed).status_code == 302
    made = ChatService.objects.get()
    assert made.address == f"json://host/{TOKEN}"

    assert TOKEN not in client.get(f"{PAGE}{made.pk}/change/").text
    assert TOKEN not in client.get(PAGE).text
    assert TOKEN not in client.get(f"{PAGE}{made.pk}/history/").text
    with connection.cursor() as cursor:
        cursor.execute("SELECT address FROM notify_chatservice")
        assert TOKEN not in str(cursor.fetchall())
    assert TOKEN not in str(list(AdminChange.objects.values()) + list(AuditEntry.objects.values()))


def test_an_empty_field_keeps_the_address_and_another_is_noted(client_of, admin, room):
    client = client_of(admin)
    kept = {"name": "Renamed", "new_address": "", "team": room.team_id, "topics": ["team"], "is_on": "on"}  # fmt: skip
    before = room.address
    client.post(f"{PAGE}{room.pk}/change/", kept)
    room.refresh_from_db()
    assert (room.name, room.address) == ("Renamed", before)

    client.post(f"{PAGE}{room.pk}/change/", kept | {"new_address": "json://other/x"})
    room.refresh_from_db()
    assert room.address == "json://other/x"
    assert "address_set_at" in AdminChange.objects.latest("pk").after


@pytest.mark.parametrize("wrong", [{"new_address": "file:///etc/passwd"}, {"new_address": ""}, {"name": ""}, {"topics": ["evil"]}])  # fmt: skip
def test_a_wrong_service_is_said_on_the_form(client_of, admin, team, wrong):
    typed = {"name": "Room", "new_address": "json://host/x", "team": team.pk, "topics": ["team"]}

    assert client_of(admin).post(f"{PAGE}add/", typed | wrong).status_code == 422
    assert not ChatService.objects.exists()


def test_a_test_is_sent_by_the_worker_and_its_result_shown(service, room, client_of, admin, agent):
    where = f"/admin/chat-services/{room.pk}/test/"
    client = client_of(admin)
    assert client.post(where).status_code == 302
    assert service.received == []
    assert OrmQ.objects.count() == 1
    assert client_of(agent).post(where).status_code == 403

    jobs.try_service(room.pk, "", admin.pk)
    assert "it arrived" in client.get(where).text
    assert [(row.recipient, row.state) for row in Delivery.objects.all()] == [(admin, State.SENT)]
    service.behave = answer(500)
    jobs.try_service(room.pk, "", admin.pk)
    assert "the service answers 500" in client.get(where).text
    assert TOKEN not in client.get(where).text
    listed = client.get("/admin/deliveries/").text
    assert listed.count("Test of a chat or phone service: ") == 2
    assert "the service answers 500" in listed


def test_apprise_is_loaded_by_no_page():
    code = "import django; django.setup(); from django.urls import get_resolver; len(get_resolver().url_patterns); import sys; print('apprise' in sys.modules, 'pywebpush' in sys.modules)"  # fmt: skip
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=None)  # fmt: skip

    assert asked.stdout.split() == ["False", "False"]


def test_who_sees_no_ticket_makes_no_room_that_hears_what_staff_say(
    client_of, service, team, private_team, room
):
    role = Role.objects.create(name="Channels", slug="channels", permissions=["channels.manage"])
    technician = make_person("Tess Linnet", role.slug)
    client = client_of(technician)
    address = f"json://127.0.0.1:{service.port}/mine"
    typed = {"name": "Mine", "new_address": address, "team": team.pk, "topics": ["notes"], "is_on": "on"}  # fmt: skip

    assert client.post(f"{PAGE}add/", typed | {"is_staff_only": "on"}).status_code == 422
    assert client.post(f"{PAGE}add/", typed | {"team": private_team.pk}).status_code == 422
    kept = {"name": room.name, "team": team.pk, "topics": room.topics, "is_staff_only": "on", "is_on": "on"}  # fmt: skip
    assert (
        client.post(f"{PAGE}{room.pk}/change/", kept | {"new_address": address}).status_code == 422
    )
    room.refresh_from_db()
    assert TOKEN in room.address
    part = portable.part_of(ChatService)
    values = {"name": room.name, "team": private_team, "is_staff_only": True, "topics": ["notes"], "to_hint": "", "is_on": True}  # fmt: skip
    with pytest.raises(InvalidInput):
        part.write(part, room, values, by=technician)

    assert client.post(f"{PAGE}{room.pk}/change/", kept | {"name": "Renamed"}).status_code == 302
    assert client.post(f"{PAGE}add/", typed).status_code == 302


def test_a_service_sends_us_nowhere_else(service, room, ticket):
    with sink() as inside:
        service.behave = answer(307, Location=f"http://127.0.0.1:{inside.port}/")
        jobs.send_due("rooms")
        assert (len(service.received), inside.connections) == (1, 0)
