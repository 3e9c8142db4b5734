"""“Your mail has arrived”, to people we don't know: with no word of theirs, and never so often that it harms anybody."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from incidents.notify import jobs
from incidents.notify.actions import acknowledge
from incidents.notify.actions.acknowledge import ALL_IN_AN_HOUR
from incidents.notify.correspondence import Acknowledgement, LetterKind, LetterText
from tests.threads import together

pytestmark = pytest.mark.django_db
STRANGER = "stranger@elsewhere.example"


def sweep():
    jobs.sweep()
    jobs.send_due(Acknowledgement.LANE)  # as the queue does when the sweep asks for it


def later(**more):
    return time_machine.travel(timezone.now() + timedelta(**more))


def test_a_stranger_hears_that_the_mail_has_arrived():
    assert acknowledge(STRANGER, answers="<abc@elsewhere.example>")
    jobs.send_due(Acknowledgement.LANE)

    (sent,) = mail.outbox
    assert sent.to == [STRANGER]
    assert sent.subject == "We have your mail"
    assert "has arrived" in sent.body
    assert sent.extra_headers["Auto-Submitted"] == "auto-replied"
    assert sent.extra_headers["In-Reply-To"] == "<abc@elsewhere.example>"
    assert sent.extra_headers["Message-ID"] == Acknowledgement.objects.get().message_id
    assert (sent.reply_to, "write above" in sent.body) == ([], False)


def test_it_is_sent_once():
    acknowledge(STRANGER)
    jobs.send_due(Acknowledgement.LANE)
    sweep()

    assert len(mail.outbox) == 1


def test_one_an_hour_and_three_a_day():
    told = []
    for hours in (0, 0.5, 1.1, 1.5, 2.2, 3.3, 20):
        with later(hours=hours):
            told.append(acknowledge(STRANGER))
    assert told == [True, False, True, False, True, False, False]

    with later(hours=24.1):
        assert acknowledge(STRANGER)


@pytest.mark.parametrize(
    "spelled", ["Stranger@Elsewhere.EXAMPLE", "stranger+again@elsewhere.example"]
)
def test_another_spelling_is_the_same_mailbox(spelled):
    acknowledge(STRANGER)

    assert not acknowledge(spelled)


def test_all_addresses_together_have_a_limit():
    told = [acknowledge(f"victim{n}@elsewhere.example") for n in range(ALL_IN_AN_HOUR + 20)]

    assert sum(told) == ALL_IN_AN_HOUR
    with later(hours=1.1):
        assert acknowledge("next@elsewhere.example")


@pytest.mark.parametrize(
    "address",
    [
        "", "nobody", "MAILER-DAEMON@example.com", "no-reply@example.com", "a@b", "a b@example.com",
        "x@example.com\r\nBcc: y@example.com", f"{'a' * 300}@example.com", "one@example.com,two@example.com", "<x@example.com>",
    ],
)  # fmt: skip
def test_what_nobody_reads_is_not_written_to(address):
    assert not acknowledge(address)
    assert not Acknowledgement.objects.exists()


@pytest.mark.parametrize(
    "answers",
    ["no id", "<a@b>\r\nBcc: x@example.com", "<a@b> <c@d>", f"<{'a' * 400}@b>", "<é@b>", "<ab>"],
)
def test_what_is_no_message_id_is_not_answered(answers):
    acknowledge(STRANGER, answers=answers)
    jobs.send_due(Acknowledgement.LANE)

    assert "In-Reply-To" not in mail.outbox[0].extra_headers


def test_it_is_in_the_mailboxs_language_and_the_organisations_words():
    LetterText.objects.create(
        kind=LetterKind.UNKNOWN_SENDER, language="de", subject="Ihre Mail ist da",
        sentence="Wir melden uns. {{reader.name}} {{ticket.title}} {{site.name}}",
    )  # fmt: skip
    LetterText.objects.create(kind=LetterKind.EVERY, language="de", foot="Nur für Bekannte: 1234")
    acknowledge(STRANGER, language="de")
    jobs.send_due(Acknowledgement.LANE)

    assert mail.outbox[0].subject == "Ihre Mail ist da"
    assert "Wir melden uns. {{reader.name}} {{ticket.title}} IT Help" in mail.outbox[0].body
    assert "1234" not in mail.outbox[0].body
    assert 'lang="de"' in mail.outbox[0].alternatives[0].content


def test_a_language_that_we_do_not_speak_is_ours():
    acknowledge(STRANGER, language="xx")
    jobs.send_due(Acknowledgement.LANE)

    assert mail.outbox[0].subject == "We have your mail"


def test_one_that_is_refused_for_good_is_given_up(smtp):
    smtp.says[STRANGER] = ["550 no such user"]
    acknowledge(STRANGER)
    acknowledge("other@elsewhere.example")
    jobs.send_due(Acknowledgement.LANE)

    refused = Acknowledgement.objects.get(address=STRANGER)
    assert (refused.last_error, refused.state) == ("550 no such user", "failed")
    assert len(smtp.mails) == 1


def test_one_that_is_not_taken_now_goes_later_as_the_same_mail(smtp):
    smtp.says[STRANGER] = ["451 later"]
    acknowledge(STRANGER)
    jobs.send_due(Acknowledgement.LANE)
    assert smtp.mails == []

    with later(minutes=5):
        sweep()
    assert smtp.ids() == [Acknowledgement.objects.get().message_id]


def test_late_is_never(smtp):
    smtp.says[STRANGER] = ["451 later"] * 2
    acknowledge(STRANGER)
    with later(hours=13):
        sweep()

    assert Acknowledgement.objects.get().state == "dropped"
    assert smtp.mails == []


def test_they_are_forgotten_after_a_month():
    acknowledge(STRANGER)
    with later(days=29):
        jobs.tidy()
    assert Acknowledgement.objects.exists()
    with later(days=31):
        jobs.tidy()
    assert not Acknowledgement.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_ten_at_once_are_one():
    together(10, lambda: acknowledge(STRANGER))

    assert Acknowledgement.objects.count() == 1
