"""The stream of the real server: gunicorn with its workers, and changes made by another process."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from tests.incidents.live.conftest import Frame, Portal


@pytest.fixture
def number(portal: Portal) -> int:
    return portal.do("file", "Robin")


def test_a_reply_reaches_the_requesters_page_within_a_second(portal: Portal, number: int) -> None:
    reader = portal.open("Robin", f"ticket:{number}")
    portal.do("reply", number, "Sasha")

    assert reader.hears(f"ticket:{number}", 2, within=1)


def test_an_internal_note_reaches_the_desk_and_nobody_else(portal: Portal, number: int) -> None:
    robin = portal.do("key_of", "Robin")
    requesters = portal.open("Robin", f"ticket:{number}", f"requester:{robin}", f"bell:{robin}")
    desk = portal.open("Sasha", f"desk-ticket:{number}")
    requesters.falls_silent()
    portal.do("note", number, "Sasha")

    assert desk.hears(f"desk-ticket:{number}", 2)
    assert requesters.next(within=1) is None


def test_what_was_rolled_back_tells_nobody(portal: Portal, number: int) -> None:
    reader = portal.open("Robin", f"ticket:{number}")
    reader.falls_silent()
    portal.do("reply_and_regret", number, "Sasha")

    assert reader.next(within=1) is None


def test_what_happens_between_the_page_and_its_stream_is_told(portal: Portal, number: int) -> None:
    session, signed = (
        portal.do("sign_in", "Robin"),
        portal.do("signed", "Robin", f"ticket:{number}"),
    )
    portal.do("reply", number, "Sasha")
    portal.open("Sasha", f"ticket:{number}").falls_silent()
    reader = portal.ask(session, urlencode({"topics": signed}))

    assert reader.next() == Frame(f"ticket:{number}", 2)


def test_a_browser_that_lost_its_stream_is_told_to_fetch_everything(
    portal: Portal, number: int
) -> None:
    reader = portal.open("Robin", f"ticket:{number}", **{"Last-Event-ID": "1"})

    assert reader.next().topic == "resync"


def test_a_foreign_topic_is_refused_in_constant_words(portal: Portal, number: int) -> None:
    reader = portal.open("Mika", f"ticket:{number}")

    assert (reader.status, reader.response.read()) == (403, b"Forbidden")


@pytest.mark.parametrize(
    "topic",
    ["desk-ticket:{number}", "queue:live-test", "unassigned", "bell:{noor}", "mine:{robin}"],
)
def test_an_employee_gets_no_stream_of_the_desk(portal: Portal, number: int, topic: str) -> None:
    keys = {
        "number": number,
        "noor": portal.do("key_of", "Noor"),
        "robin": portal.do("key_of", "Robin"),
    }

    assert portal.open("Robin", topic.format(**keys)).status == 403


def test_the_list_of_another_person_is_refused(portal: Portal, number: int) -> None:
    signed = portal.do("signed", "Robin", f"ticket:{number}")
    session = portal.do("sign_in", "Sasha")

    assert portal.ask(session, urlencode({"topics": signed})).status == 403


@pytest.mark.parametrize(
    "query", ["", "topics=", "topics=ticket:1", "topics=%25", "topics=a:b:c", "kept=x"]
)
def test_unsigned_lists_are_refused(portal: Portal, query: str) -> None:
    assert portal.ask(portal.do("sign_in", "Robin"), query).status == 403


def test_without_a_session_there_is_no_stream(portal: Portal, number: int) -> None:
    assert portal.open("Robin", f"ticket:{number}", session="").status == 403
    assert portal.open("Robin", f"ticket:{number}", session="x" * 32).status == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "elsewhere.example"}, 400),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
def test_only_our_own_pages_open_streams(
    portal: Portal, number: int, headers: dict[str, str], status: int
) -> None:
    assert portal.open("Robin", f"ticket:{number}", **headers).status == status


def test_signing_out_ends_the_stream(portal: Portal, number: int) -> None:
    session = portal.do("sign_in", "Robin")
    ended = portal.open("Robin", f"ticket:{number}", session=session)
    other = portal.open("Robin", f"ticket:{number}")
    portal.do("sign_out", session)

    assert ended.ends(within=5)
    assert not other.ends(within=0.5)


def test_deactivating_an_account_ends_its_streams(portal: Portal, number: int) -> None:
    reader = portal.open("Robin", f"ticket:{number}")
    portal.do("deactivate", "Robin", False)
    ended = reader.ends(within=5)
    portal.do("deactivate", "Robin", True)

    assert ended


def test_losing_a_role_ends_the_streams_that_needed_it(portal: Portal, number: int) -> None:
    reader = portal.open("Sasha", "queue:live-test", f"desk-ticket:{number}")
    portal.do("take_role", "Sasha")
    ended = reader.ends(within=5)
    portal.do("give_role", "Sasha", "agent")

    assert ended


def test_a_ticket_that_moves_out_of_sight_ends_its_streams(portal: Portal, number: int) -> None:
    reader = portal.open("Sasha", f"desk-ticket:{number}")
    portal.do("hide", number, "Noor")

    assert reader.ends(within=5)


def test_one_person_opens_a_limited_number_of_streams(portal: Portal, number: int) -> None:
    session = portal.do("sign_in", "Mika")
    mika = portal.do("key_of", "Mika")
    statuses = [portal.open("Mika", f"bell:{mika}", session=session).status for _ in range(26)]

    assert set(statuses) == {200, 429}
    assert statuses.count(200) <= 24  # twelve in each of two workers


def test_the_stream_is_kept_by_nobody_and_read_by_no_other_site(
    portal: Portal, number: int
) -> None:
    headers = portal.open("Robin", f"ticket:{number}").response.headers

    assert headers["Content-Type"].startswith("text/event-stream")
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Accel-Buffering"] == "no"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_slow_uploads_and_slow_readers_do_not_stop_pages(portal: Portal) -> None:
    """More of them than the workers have threads together."""
    upload = (
        b"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\nhalf"
    )
    reader = b"GET /static/vendor/bootstrap.min.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

    def twenty_take() -> float:
        before = time.monotonic()
        assert {portal.get("/healthz").status for _ in range(20)} == {200}
        return time.monotonic() - before

    alone = twenty_take()
    slow = [socket.create_connection(("127.0.0.1", portal.port)) for _ in range(50)]
    for number, connection in enumerate(slow):
        connection.sendall(upload if number % 2 else reader)
    beside_slow_ones = twenty_take()
    for connection in slow:
        connection.close()

    assert beside_slow_ones < 5 * max(1, alone)  # where cores are busy, they are so before, too


@pytest.mark.postgres
def test_many_people_at_once_take_a_bounded_number_of_connections(portal: Portal) -> None:
    with ThreadPoolExecutor(40) as people:
        statuses = set(people.map(lambda _number: portal.get("/readyz").status, range(400)))

    assert statuses == {200}
    # In each of two workers: four threads for pages, two for streams, one that listens; and the actor's.
    assert portal.do("database_connections") <= 2 * 7 + 1


@pytest.mark.slow
def test_a_server_that_is_told_to_stop_ends_its_streams_at_once(portal: Portal) -> None:
    mika = portal.do("key_of", "Mika")
    reader = portal.open("Mika", f"bell:{mika}")
    before = time.monotonic()
    portal.stop()
    took = time.monotonic() - before
    portal.start()

    assert reader.ends(within=0.1)
    assert took < 5
