"""Marks in reply addresses and Message-IDs: ours are known again, and nobody makes one."""

from datetime import UTC, datetime, timedelta

import pytest

from incidents.notify.addresses import (
    LONGEST_LOCAL_PART,
    Mark,
    mail_id,
    read_address,
    read_message_id,
    reply_address,
    thread_id,
)

AT = datetime(2026, 11, 29, 12, tzinfo=UTC)


def address(ticket=1042, reader=7, mailbox="help@example.com", at=AT):
    return reply_address(ticket=ticket, reader=reader, mailbox=mailbox, at=at)


def changed(mark_at, text):
    """The text with another sign of the alphabet at one place."""
    sign = "a" if text[mark_at] != "a" else "b"
    return text[:mark_at] + sign + text[mark_at + 1 :]


@pytest.mark.parametrize("ticket", [1, 127, 128, 1042, 9_999_999, 2**62])
@pytest.mark.parametrize("reader", [1, 300, 2**31])
def test_an_address_is_read_again(ticket, reader):
    assert read_address(address(ticket, reader), at=AT) == Mark(ticket, reader)


@pytest.mark.parametrize(
    "spelled",
    [str.upper, str.title, "Help desk <{}>".format, "<{}>".format, " {} ".format, '"x, y" <{}>'.format],
)  # fmt: skip
def test_it_is_read_however_it_is_spelled(spelled):
    assert read_address(spelled(address()), at=AT) == Mark(1042, 7)


def test_it_is_read_in_a_mailbox_that_has_a_plus_already():
    assert read_address(address(mailbox="help+it@example.com"), at=AT) == Mark(1042, 7)


def test_it_is_read_for_a_year():
    old = address(at=AT - timedelta(days=365))
    assert read_address(old, at=AT) == Mark(1042, 7)
    assert read_address(old, at=AT + timedelta(days=1)) is None


def test_one_from_the_future_is_not_ours():
    assert read_address(address(at=AT + timedelta(days=1)), at=AT) is not None  # clocks differ
    assert read_address(address(at=AT + timedelta(days=2)), at=AT) is None


def test_no_sign_of_it_can_be_changed():
    given = address()
    start, end = given.index("+") + 1, given.index("@")
    for place in range(start, end):
        assert read_address(changed(place, given), at=AT) is None


def test_nothing_can_be_taken_away_or_added():
    local, _, domain = address().partition("@")
    for wrong in (local[:-1], local + "a", local + "aaaaaaaa", local.replace("+", "+a", 1)):
        assert read_address(f"{wrong}@{domain}", at=AT) is None


def test_one_made_with_another_secret_is_not_ours(settings):
    given, thread = address(), thread_id(1042)
    settings.SECRET_KEY = "another" * 8

    assert read_address(given, at=AT) is None
    assert read_message_id(thread) is None


def test_one_made_with_the_former_secret_is_still_ours(settings):
    given, thread = address(), thread_id(1042)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another" * 8

    assert read_address(given, at=AT) == Mark(1042, 7)
    assert read_message_id(thread) == 1042


@pytest.mark.parametrize(
    "text",
    [
        "", "@", "help@example.com", "help+@example.com", "help+robin@example.com", "help+1@example.com",
        "+" * 100, "a+" * 9_000 + "@example.com", "help+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.com",
        "help+é@example.com", "help+\x00@example.com", "<<help+aa@example.com>>",
    ],
)  # fmt: skip
def test_what_is_no_mark_is_none(text):
    assert read_address(text, at=AT) is None
    assert read_message_id(f"<{text}>") is None


def test_a_mark_of_a_message_id_is_none_of_an_address_and_the_other_way_round():
    of_thread = thread_id(1042).partition(".")[2].partition("@")[0]
    of_address = address().partition("+")[2].partition("@")[0]

    assert read_address(f"help+{of_thread}@example.com", at=AT) is None
    assert read_message_id(f"<ticket.{of_address}@example.com>") is None


def test_the_part_before_the_at_sign_is_no_longer_than_mail_allows():
    longest = 2**21 - 1
    mailbox = "a" * (LONGEST_LOCAL_PART - 1 - 39)
    marked = address(longest, longest, f"{mailbox}@example.com")

    assert len(marked.partition("@")[0]) <= LONGEST_LOCAL_PART
    assert read_address(marked, at=AT) == Mark(longest, longest)


def test_a_mailbox_whose_name_leaves_no_room_gets_no_mark():
    mailbox = "a" * 40 + "@example.com"

    assert address(mailbox=mailbox) == mailbox


def test_message_ids_carry_their_ticket(settings):
    settings.SITE_HOST = "help.example.com"
    one, other = mail_id("delivery", 1, ticket=1042), mail_id("delivery", 2, ticket=1042)

    assert one != other
    assert [read_message_id(one), read_message_id(other), read_message_id(thread_id(1042))] == [
        1042
    ] * 3
    assert read_message_id(mail_id("news", 1)) is None
    assert len(mail_id("delivery", 1, ticket=2**62)) <= 100


def test_of_many_references_the_last_of_ours_counts():
    references = f"<a@b> {thread_id(1)}\r\n {thread_id(2)} <c.d@e>"

    assert read_message_id(references) == 2


def test_a_changed_message_id_is_not_ours():
    given = thread_id(1042)
    for place in range(given.index(".") + 1, given.index("@")):
        assert read_message_id(changed(place, given)) is None
