"""What somebody wrote now, without what they quote and sign."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.mail.trimming import LONGEST, trim, unsigned

WROTE = (
    "On Mon, 2 Nov 2026 at 09:12, IT help <it-help@example.com> wrote:",
    "On Mon, 2 Nov 2026 at 09:12, IT help\n<it-help@example.com> wrote:",
    "Am 02.11.2026 um 09:12 schrieb IT help:",
    "Am Mo., 2. Nov. 2026 um 09:12 Uhr schrieb IT help <it-help@example.com>:",
    "Le lun. 2 nov. 2026 à 09:12, IT help <it-help@example.com> a écrit :",
    "El lun, 2 nov 2026 a las 9:12, IT help (<it-help@example.com>) escribió:",
    "Il giorno lun 2 nov 2026 alle ore 09:12 IT help <it-help@example.com> ha scritto:",
    "Op ma 2 nov 2026 om 09:12 schreef IT help <it-help@example.com>:",
    "-----Original Message-----\nFrom: IT help\nSent: Monday\nTo: Robin",
    "-----Ursprüngliche Nachricht-----\nVon: IT help\nGesendet: Montag\nAn: Robin",
    "________________________________\nVon: IT help <it-help@example.com>\nGesendet: Montag, 2. November 2026 09:12\nAn: Robin\nBetreff: AW: VPN",
    "From: IT help <it-help@example.com>\nSent: Monday, November 2, 2026 9:12 AM\nTo: Robin\nSubject: RE: VPN",
    "*Von:* IT help\n*Gesendet:* Montag\n*An:* Robin\n*Betreff:* VPN",
)


@pytest.mark.parametrize("head", WROTE)
@pytest.mark.parametrize("quote", ["> Try automatic.\n> \n> Sasha", "Try automatic.\n\nSasha"])
def test_what_is_quoted_below_is_cut(head, quote):
    text = f"Still the same.\n\nSince noon.\n\n{head}\n\n{quote}\n"

    assert trim(text) == ("Still the same.\n\nSince noon.", text)


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nRobin Kestrel\nFinance",
        "--\nRobin",
        "Sent from my iPhone",
        "Von meinem iPhone gesendet",
        "Get Outlook for iOS<https://aka.ms/x>",
    ],
)
def test_so_is_a_signature(signature):
    assert trim(f"It works.\n\n{signature}")[0] == "It works."
    assert unsigned(f"It works.\n\n{signature}")[0] == "It works."


def test_what_stands_above_our_line_stays():
    text = "Fixed.\n\nIT help wrote:\n\n> — Please write above this line —\n>\n> Sasha replied.\n"

    assert trim(text, lambda line: "write above this line" in line) == ("Fixed.", text)


def test_an_answer_below_the_quotation_is_kept():
    assert (
        trim("On 2 Nov 2026 at 09:12 Sasha wrote:\n> Which Wi-Fi?\n\nThe guest one.")[0]
        == "The guest one."
    )


@pytest.mark.parametrize(
    "text",
    [
        "See below.\n\nOn 2 Nov 2026 at 09:12 Sasha wrote:\n> Which Wi-Fi?\nThe guest one.\n> Since when?\nMonday.",
        "> Which Wi-Fi?\n\nThe guest one.",
        "Dear desk,\n\nThanks,\nRobin",
        "Steps:\n- one\n- two\n\n    indented",
        "From: the gateway\nit says no.",
        "On Monday the printer wrote: out of paper. It stood there at 10:12.",
    ],
)
def test_where_it_is_not_clear_everything_stays(text):
    assert trim(text) == (text, "")


def test_an_answer_line_by_line_stays_without_its_head():
    said = "> Which Wi-Fi?\nThe guest one.\n> Since when?\nMonday."

    assert trim(f"On 2 Nov 2026 at 09:12 Sasha wrote:\n{said}")[0] == said


def test_what_is_forwarded_to_us_is_the_matter():
    text = "Please see below.\n\n---------- Forwarded message ----------\nFrom: Eve <e@x.y>\nDate: Monday\n\nIt burns."

    assert unsigned(text) == (text, "")


SIGNS = st.lists(
    st.sampled_from(
        [
            "> ",
            "On ",
            "wrote:",
            " 2026",
            "\n",
            "-- \n",
            "From: ",
            "Sent: ",
            "x",
            "____________",
            "|",
            " ",
            "\n\n",
            "09:12",
        ]
    ),
    max_size=60,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(SIGNS)
def test_nothing_is_invented_or_lost(text):
    kept, whole = trim(text)

    assert (whole or kept) == text
    remaining = iter(text.split("\n"))
    assert all(any(line.rstrip() == one.rstrip() for one in remaining) for line in kept.split("\n"))


@pytest.mark.parametrize(
    "piece",
    [
        "a ",
        "-",
        "On ",
        "\n",
        "> ",
        "On 12:12\n",
        "From: a\n",
        "> \n",
        "x\n>y\n",
        "-- \n",
        "wrote:",
        "> On 12:12 wrote:\n",
        " ",
    ],
)
def test_it_takes_no_time_to_speak_of(piece):
    begun = time.process_time()
    trim(piece * (LONGEST // 2 // len(piece)))

    assert time.process_time() - begun < 1
