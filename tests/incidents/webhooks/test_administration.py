"""Webhooks in administration: made, tried out, their secrets, their log, sending again, and who may what."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.administration.configuration import apply, collect, read
from accounts.errors import NotAllowed
from accounts.models import AdminChange, Grant, Role
from incidents.webhooks import actions
from incidents.webhooks.models import Attempt, Endpoint, Post, State
from tests import sinks
from tests.conftest import make_person
from tests.incidents.webhooks.test_signing import verified

LIST = "/admin/webhooks/endpoint/"


def form(sink, **given):
    return {"name": "Monitoring", "url": sink.url, "kinds": ["filed", "resolved"], "is_active": "on", "team": "", "category": "", **given}  # fmt: skip


@pytest.fixture
def client(client_of, admin):
    return client_of(admin)


@pytest.fixture
def auditing(client_of, auditor):
    return client_of(auditor)


def page(endpoint):
    return f"{LIST}{endpoint.pk}/change/"


def test_a_webhook_is_made_and_its_secret_shown_once(client, sink, make_ticket, run):
    answer = client.post(f"{LIST}add/", form(sink), follow=True)

    assert answer.redirect_chain, answer.content.decode()
    endpoint = Endpoint.objects.get()
    assert endpoint.secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert endpoint.secret not in client.get(page(endpoint)).content.decode()
    [change] = AdminChange.objects.all()
    assert change.after["kinds"] == ["filed", "resolved"]
    assert endpoint.secret not in json.dumps(change.after)

    make_ticket()
    run()
    assert len(sink.received) == 1


@pytest.mark.parametrize(
    "url",
    ["http://10.0.0.1/", "https://10.0.0.1/", "https://localhost.localdomain:22/", "https://localhost/x", "https://printer/x", "file:///etc/passwd", "https://user@example.com/", "nothing"],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused_on_the_form(client, sink, url):
    answer = client.post(f"{LIST}add/", form(sink, url=url))
    assert answer.status_code == 422
    assert not Endpoint.objects.exists()
    assert sink.connections == 0


def test_an_internal_kind_asks_for_internal_events(client, sink):
    answer = client.post(f"{LIST}add/", form(sink, kinds=["noted"]))
    assert answer.status_code == 422
    assert "Internal note" in answer.content.decode()
    assert (
        client.post(f"{LIST}add/", form(sink, kinds=["noted"], is_internal="on")).status_code == 302
    )


def test_without_an_event_nothing_is_made(client, sink):
    assert client.post(f"{LIST}add/", form(sink, kinds=[])).status_code == 422


def test_a_changed_webhook_counts_at_once(client, endpoint, sink, make_ticket):
    client.post(page(endpoint), form(sink, kinds=["resolved"]))
    make_ticket()
    assert not Post.objects.exists()


def test_a_test_shows_what_came_back_and_counts_for_nothing(client, endpoint, sink):
    said = client.post(f"/admin/webhooks/{endpoint.pk}/test/", follow=True).content.decode()
    assert "answered 200" in said
    assert json.loads(sink.received[0].body)["type"] == "webhook.test"
    assert verified(endpoint.secret, sink.received[0], now=int(timezone.now().timestamp()))

    sink.behave = sinks.answer(500, b"<script>alert(1)</script>")
    said = client.post(f"/admin/webhooks/{endpoint.pk}/test/", follow=True).content.decode()
    assert "answered 500" in said
    endpoint.refresh_from_db()
    assert endpoint.failures == 0
    message = Post.objects.latest("pk")
    shown = client.get(f"/admin/webhooks/messages/{message.pk}/").content.decode()
    assert "&lt;script&gt;alert(1)" in shown
    assert "<script>alert(1)" not in shown


def test_a_test_needs_outgoing(client, endpoint, sink, settings):
    settings.OUTGOING = False
    assert client.post(f"/admin/webhooks/{endpoint.pk}/test/").status_code == 409
    assert sink.connections == 0


def test_a_new_secret_signs_beside_the_former_for_a_day(client, endpoint, sink, make_ticket, run):
    former = endpoint.secret
    where = f"/admin/webhooks/{endpoint.pk}/secret/"
    assert client.post(where).url == where
    shown = client.get(where)
    assert client.get(where).url == page(endpoint)  # loaded again: none is made, none shown
    endpoint = Endpoint.objects.get()
    assert endpoint.secret != former
    assert endpoint.secret in shown.content.decode()
    assert former not in shown.content.decode()

    make_ticket()
    run()
    now = int(timezone.now().timestamp())
    assert verified(endpoint.secret, sink.received[0], now=now)
    assert verified(former, sink.received[0], now=now)

    Endpoint.objects.update(former_until=timezone.now())
    make_ticket()
    run()
    assert verified(endpoint.secret, sink.received[1], now=now)
    assert not verified(former, sink.received[1], now=now)
    change = AdminChange.objects.get()
    assert set(change.after) == {"secret_made_at", "former_until"}


def test_one_message_is_sent_again_under_its_id(client, endpoint, sink, make_ticket, run):
    make_ticket()
    run()
    post = Post.objects.get()
    client.post(f"/admin/webhooks/messages/{post.pk}/replay/")
    run()
    first, second = sink.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert Attempt.objects.count() == 2
    client.post(f"/admin/webhooks/messages/{post.pk}/replay/")
    assert client.post(f"/admin/webhooks/messages/{post.pk}/replay/").status_code == 409  # it waits


def test_all_that_failed_since_is_sent_again(client, endpoint, sink, make_ticket, run):
    for _number in range(3):
        make_ticket()
    Post.objects.update(state=State.FAILED)
    old = Post.objects.first()
    Post.objects.filter(pk=old.pk).update(made_at=timezone.now() - timedelta(days=2))
    client.post(f"/admin/webhooks/{endpoint.pk}/replays/", {"hours": "24"})
    run()
    assert len(sink.received) == 2
    old.refresh_from_db()
    assert old.state == State.FAILED
    assert client.post(f"/admin/webhooks/{endpoint.pk}/replays/", {"hours": "5"}).status_code == 422
    assert AdminChange.objects.latest("pk").after["sent_again"] == 2


def test_one_that_was_given_up_starts_afresh_once_switched_on(
    client, endpoint, sink, make_ticket, run
):
    Endpoint.objects.update(is_active=False, disabled_at=timezone.now(), disabled_because="The target answered 500.", failures=40, failing_since=timezone.now() - timedelta(days=4))  # fmt: skip
    shown = client.get(page(endpoint)).content.decode()
    assert "Switched off by itself" in shown
    assert "The target answered 500." in shown
    assert (
        client.post(f"/admin/webhooks/{endpoint.pk}/replays/", {"hours": "24"}).status_code == 409
    )

    client.post(page(endpoint), form(sink))
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.failing_since, endpoint.disabled_at) == (0, None, None)
    make_ticket()
    run()
    assert len(sink.received) == 1


def test_the_log_is_paged_and_told_by_state(client, endpoint, sink, make_ticket, run):
    sink.behave = sinks.answer(500)
    make_ticket()
    run()
    shown = client.get(page(endpoint)).content.decode()
    assert "INC-" in shown
    assert "The target answered 500." in shown
    assert "INC-" not in client.get(f"{page(endpoint)}?state=delivered").content.decode()
    assert client.get(f"{page(endpoint)}?state=nonsense").status_code == 422


def test_the_page_shows_no_word_of_a_ticket(client, make_endpoint, sink, make_ticket, run):
    endpoint = make_endpoint(sink.url, is_full=True)
    make_ticket(title="Dentist", description="My tooth hurts.")
    run()
    shown = client.get(page(endpoint)).content.decode()
    shown += client.get(f"/admin/webhooks/messages/{Post.objects.get().pk}/").content.decode()
    assert "Dentist" not in shown
    assert "tooth" not in shown


def test_auditors_read_and_change_nothing(auditing, endpoint, sink, make_ticket):
    make_ticket()
    post = Post.objects.get()
    assert auditing.get(LIST).status_code == 200
    shown = auditing.get(page(endpoint)).content.decode()
    assert endpoint.secret not in shown
    assert "Make a new secret" not in shown
    assert auditing.get(f"/admin/webhooks/messages/{post.pk}/").status_code == 200
    for route in (
        f"{endpoint.pk}/test",
        f"{endpoint.pk}/secret",
        f"{endpoint.pk}/replays",
        f"messages/{post.pk}/replay",
    ):
        assert auditing.post(f"/admin/webhooks/{route}/", {"hours": "24"}).status_code == 403
    assert sink.connections == 0


@pytest.mark.parametrize("verb", ["rotate_secret", "try_out", "replay", "replay_failed"])
def test_verbs_ask_by_themselves_who_may(endpoint, make_ticket, agent, verb):
    make_ticket()
    now, post = timezone.now(), Post.objects.get()
    calls = {
        "rotate_secret": lambda: actions.rotate_secret(endpoint, by=agent, at=now),
        "try_out": lambda: actions.try_out(endpoint, by=agent),
        "replay": lambda: actions.replay(post, by=agent, at=now),
        "replay_failed": lambda: actions.replay_failed(endpoint, since=now, by=agent, at=now),
    }
    with pytest.raises(NotAllowed, match="may not set up webhooks"):
        calls[verb]()


def test_removing_one_takes_its_messages_along(client, endpoint, sink, make_ticket):
    make_ticket()
    client.post(f"{LIST}{endpoint.pk}/delete/", {"post": "yes"})
    assert not Endpoint.objects.exists()
    assert not Post.objects.exists()
    make_ticket()


def test_the_configuration_file_has_them_without_secrets(admin, endpoint, sink, team):
    Endpoint.objects.update(team=team)
    whole = collect(admin)
    text = json.dumps(whole)
    assert endpoint.secret not in text
    [entry] = whole["webhooks"]
    assert entry["team"] == team.slug

    entry |= {"name": "Another", "kinds": ["closed"]}
    apply(
        read(
            json.dumps(
                {"format": "firebreak-configuration", "version": 1, "webhooks": [entry]}
            ).encode()
        ),
        by=admin,
    )
    made = Endpoint.objects.get(name="Another")
    assert made.kinds == ["closed"]
    assert made.secret.startswith("whsec_")
    assert made.secret != endpoint.secret
    endpoint.refresh_from_db()
    assert endpoint.secret


def test_a_copy_with_another_key_still_takes_tickets_and_a_new_secret_mends_it(
    client, endpoint, sink, settings, make_ticket, run
):
    settings.SECRET_KEY_FALLBACKS = []
    Endpoint.objects.filter(pk=endpoint.pk).update(former_until=timezone.now() + timedelta(hours=1))
    sealed_elsewhere(settings)
    make_ticket()
    assert run() == 0
    assert "SECRET_KEY" in Post.objects.get().last_error
    assert client.get(LIST).status_code == 200
    assert client.get(page(endpoint)).status_code == 200
    assert client.get(f"/admin/webhooks/messages/{Post.objects.get().pk}/").status_code == 200
    assert client.post(f"/admin/webhooks/{endpoint.pk}/test/").status_code == 409
    assert Post.objects.count() == 1

    assert client.post(f"/admin/webhooks/{endpoint.pk}/secret/").status_code == 302
    Post.objects.update(due_at=timezone.now())
    run()
    assert verified(
        Endpoint.objects.get().secret, sink.received[0], now=int(timezone.now().timestamp())
    )


def sealed_elsewhere(settings):
    """As if the rows came from an install with a key that is not here."""
    from django.db import connection

    from accounts import sealed

    ours, settings.SECRET_KEY = settings.SECRET_KEY, "a key that is not here"
    there = sealed.seal("whsec_AAAA")
    settings.SECRET_KEY = ours
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE webhooks_endpoint SET secret = %s, former_secret = %s", [there, there]
        )


# Who may have it told -------------------------------------------------------------------------------------------------


@pytest.fixture
def technician(db):
    """Sets up channels and sees no ticket."""
    role = Role.objects.create(name="Channels", slug="channels", permissions=["channels.manage"])
    return make_person("Tess Linnet", role.slug)


TELLING = [{"is_full": "on"}, {"is_internal": "on"}, {"team": "private"}]


@pytest.mark.parametrize("given", TELLING)
def test_who_sees_no_ticket_lets_no_machine_of_theirs_hear_of_them(
    client_of, technician, private_team, sink, given
):
    given = {
        name: private_team.pk if value == "private" else value for name, value in given.items()
    }
    client = client_of(technician)
    assert client.post(f"{LIST}add/", form(sink, **given)).status_code == 422
    assert not Endpoint.objects.exists()
    assert client.post(f"{LIST}add/", form(sink)).status_code == 302


def test_nor_moves_one_elsewhere_that_hears_of_them(client_of, technician, make_endpoint, sink):
    endpoint = make_endpoint(sink.url, is_full=True, kinds=["filed"])
    client, given = client_of(technician), form(sink, is_full="on", kinds=["filed"])

    assert client.post(page(endpoint), given | {"url": f"{sink.url}mine"}).status_code == 422
    assert client.post(page(endpoint), given | {"name": "Renamed"}).status_code == 302
    endpoint.refresh_from_db()
    assert (endpoint.url, endpoint.name) == (sink.url, "Renamed")


def test_nor_by_a_file(technician, admin, endpoint):
    [entry] = collect(admin)["webhooks"]
    for given in ({"is_full": True}, {"is_internal": True}):
        part = {"format": "firebreak-configuration", "version": 1, "webhooks": [entry | given]}
        done = apply(read(json.dumps(part).encode()), by=technician)
        assert "who sees these tickets" in str(done), done
    endpoint.refresh_from_db()
    assert (endpoint.is_full, endpoint.is_internal) == (False, False)


def test_who_sees_a_teams_tickets_has_them_told(technician, team, private_team, sink, client_of):
    Grant.objects.create(user=technician, role=Role.objects.get(slug="agent"), team=private_team)
    client = client_of(technician)
    assert client.post(f"{LIST}add/", form(sink, is_full="on", team=team.pk)).status_code == 422
    assert (
        client.post(f"{LIST}add/", form(sink, is_full="on", team=private_team.pk)).status_code
        == 302
    )
