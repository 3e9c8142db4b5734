"""A mail that waits: somebody makes a ticket of it, puts it on one, or nothing."""

import re

import pytest
from django.urls import reverse

from accounts.models import User
from incidents.mail import actions
from incidents.mail.models import Copied, RawMail
from incidents.mail.reasons import Reason
from incidents.notify.correspondence import Acknowledgement
from incidents.notify.models import Delivery
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Follower, Ticket
from tests.incidents.mail.letters import arrive, write

STRANGER = "Eve Wren <eve@elsewhere.example>"
PAGE = {"secure": True}


@pytest.fixture
def box(it_help, team):
    it_help.team = team
    it_help.save()
    return it_help


@pytest.fixture
def held(box):
    return arrive(box, write(STRANGER, "Re: Your shop", "The shop is *down*.\n\n> old\n"))


def page(mail, name="mail"):
    return reverse(f"mail:{name}", args=[mail.pk])


def test_the_page_shows_what_came_and_why_it_waits(held, agent, client_of):
    shown = client_of(agent).get(page(held)).content.decode()

    assert "Its sender is not on the portal." in shown
    assert "eve@elsewhere.example" in shown
    assert "The shop is *down*." in shown


def test_people_of_other_teams_and_employees_see_nothing(held, other_agent, requester, client_of):
    assert client_of(other_agent).get(page(held)).status_code == 404
    assert client_of(requester).get(page(held)).status_code == 403


def test_a_new_ticket_of_it_is_its_senders_who_becomes_a_contact(held, agent, client_of):
    answer = client_of(agent).post(page(held, "mail-let-in"), {"title": "Shop is down"})

    held.refresh_from_db()
    ticket = held.ticket
    assert answer["Location"] == ticket.desk_url
    assert (ticket.title, ticket.requester.email, ticket.reporter) == (
        "Shop is down",
        "eve@elsewhere.example",
        agent,
    )
    assert ticket.requester.is_contact
    assert (held.state, held.decided_by, held.message) == (
        RawMail.State.TAKEN,
        agent,
        ticket.messages.get(),
    )
    assert held.message.author == ticket.requester
    assert held.message.body.startswith("The shop is *down*.")


def test_its_sender_hears_that_it_has_arrived_and_who_clicked_hears_nothing(held, agent):
    actions.let_in(held, by=agent)

    told = Acknowledgement.objects.get()
    assert (told.address, told.answers) == ("eve@elsewhere.example", held.mail_id)
    assert not Delivery.objects.filter(channel="mail").exists()


def test_somebody_of_the_portal_gets_the_receipt_for_what_was_let_in(box, requester, agent):
    box.senders = "hold"
    box.save()

    actions.let_in(arrive(box, write(requester)), by=agent)

    assert [row.recipient for row in Delivery.objects.filter(channel="mail")] == [requester]
    assert not Acknowledgement.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"Authentication_Results": "mx.example.com; dmarc=fail header.from=elsewhere.example"},
        {"Auto_Submitted": "auto-replied"},
        {"Return_Path": "<>"},
        {"List_Id": "<news.elsewhere.example>"},
        {"subject": "Confirm your account"},
        {"sender": "noreply@elsewhere.example"},
    ],
)
def test_nobody_is_told_where_a_machine_or_somebody_else_may_have_written_it(box, agent, fields):
    box.authserv_id = "mx.example.com"
    box.save()
    mail = arrive(box, write(**{"sender": STRANGER, **fields}))
    assert mail.state in {RawMail.State.HELD, RawMail.State.IGNORED}

    actions.let_in(mail, by=agent)

    assert not Acknowledgement.objects.exists()
    assert not Delivery.objects.filter(channel="mail").exists()


def test_a_second_mail_of_theirs_says_so_without_contradiction(held, box, agent, client_of):
    actions.let_in(held, by=agent)
    again = arrive(box, write(STRANGER, "Once more"))

    shown = client_of(agent).get(page(again)).text
    assert "Its sender is not on the portal." in shown
    assert "has written before" in shown


def test_or_that_of_somebody_who_wrote_from_elsewhere(held, agent, requester, client_of):
    client_of(agent).post(
        page(held, "mail-let-in"), {"title": "Shop", "who": requester.display_name}
    )

    said = Ticket.objects.get().messages.get()
    assert (said.author, said.sent_from) == (requester, "eve@elsewhere.example")
    shown = client_of(agent).get(said.ticket.desk_url).content.decode()
    assert "by mail from eve@elsewhere.example" in shown
    assert (
        "by mail from eve@elsewhere.example"
        in client_of(requester).get(said.ticket.get_absolute_url()).content.decode()
    )


def test_a_wrong_title_or_name_comes_back_with_the_form(held, agent, client_of):
    nameless = client_of(agent).post(page(held, "mail-let-in"), {"title": ""})
    unknown = client_of(agent).post(
        page(held, "mail-let-in"), {"title": "x", "who": "Nobody Known"}
    )

    assert nameless.status_code == unknown.status_code == 422
    assert "A ticket needs a title." in nameless.content.decode()
    assert "find anybody called" in unknown.content.decode()
    assert not Ticket.objects.exists()


def test_put_on_a_ticket_it_is_what_its_sender_says_there(held, ticket, agent, client_of):
    answer = client_of(agent).post(page(held, "mail-join"), {"ticket": ticket.ref})

    event = ticket.events.get(kind=Kind.REPLIED)
    assert answer["Location"] == f"{ticket.desk_url}#event-{event.number}"
    assert (event.actor, event.data["by_staff"], event.origin) == (agent, False, "mail")
    held.refresh_from_db()
    assert (held.message.author.email, held.message.body) == (
        "eve@elsewhere.example",
        "The shop is *down*.",
    )
    assert not Follower.objects.filter(ticket=ticket).exists()
    timeline = client_of(agent).get(ticket.desk_url).content.decode()
    assert "Public reply" not in timeline
    assert "Follower" in timeline


def test_and_they_follow_it_where_the_agent_says_so(held, ticket, agent, box):
    actions.join(held, ticket=ticket, by=agent, follows=True)

    sender = User.objects.get(email="eve@elsewhere.example")
    assert Follower.objects.filter(ticket=ticket, user=sender).exists()
    again = arrive(box, write(STRANGER, In_Reply_To=held.mail_id))
    assert (again.state, again.ticket) == (RawMail.State.TAKEN, ticket)


def test_a_mail_of_an_agent_speaks_for_the_desk_once_somebody_says_it_is_theirs(
    box, ticket, agent, lead
):
    from incidents.notify.addresses import thread_id

    mail = arrive(box, write(agent, text="Try automatic.", In_Reply_To=thread_id(ticket.number)))
    assert mail.reason == Reason.STAFF

    event = actions.join(mail, ticket=ticket, by=lead, follows=False)

    assert event.data["by_staff"]
    ticket.refresh_from_db()
    assert ticket.first_reply_at


@pytest.mark.parametrize("number", ["", "INC-99999", "hello"])
def test_it_goes_on_no_ticket_that_is_not_there(held, agent, number, client_of):
    assert client_of(agent).post(page(held, "mail-join"), {"ticket": number}).status_code == 422


def test_nor_on_one_that_the_agent_does_not_work_on(
    held, agent, make_ticket, other_category, client_of
):
    other = make_ticket(category=other_category)

    assert client_of(agent).post(page(held, "mail-join"), {"ticket": other.ref}).status_code == 422


def test_discarded_it_waits_no_more(held, agent, client_of):
    client_of(agent).post(page(held, "mail-discard"), {"why": "Spam"})

    held.refresh_from_db()
    assert (held.state, held.reason, held.detail, held.decided_by) == (
        "ignored",
        "discarded",
        "Spam",
        agent,
    )


def test_what_was_decided_stays_so(held, agent, client_of):
    actions.let_in(held, by=agent)

    again = client_of(agent).post(page(held, "mail-let-in"), {"title": "Again"})

    assert again.status_code == 409
    assert Ticket.objects.count() == 1


def test_what_was_ignored_can_be_let_in_all_the_same(box, agent):
    mail = arrive(box, write(STRANGER, Precedence="bulk"))
    assert mail.reason == Reason.AUTOMATIC

    assert actions.let_in(mail, by=agent).requester.email == "eve@elsewhere.example"


# Who got it, too --------------------------------------------------------------------------------------------------------


def test_people_in_copy_are_added_by_a_click_only(
    box, requester, other_requester, agent, client_of
):
    cc = f"{other_requester.email}, Boss <boss@elsewhere.example>, it-help@example.com"
    ticket = arrive(box, write(requester, Cc=cc)).ticket

    assert not Follower.objects.filter(ticket=ticket).exists()
    client = client_of(agent)
    assert (
        reverse("mail:copied", args=[ticket.number]) in client.get(ticket.desk_url).content.decode()
    )
    shown = client.get(reverse("mail:copied", args=[ticket.number])).content.decode()
    assert other_requester.email in shown
    assert "Boss (boss@elsewhere.example)" in shown

    for one in Copied.objects.all():
        verb = "copied-add" if one.address == other_requester.email else "copied-leave"
        client.post(reverse(f"mail:{verb}", args=[ticket.number, one.pk]))

    assert [row.user for row in Follower.objects.filter(ticket=ticket)] == [other_requester]
    assert not User.objects.filter(email="boss@elsewhere.example").exists()
    assert "boss@" not in client.get(reverse("mail:copied", args=[ticket.number])).content.decode()


# How it is shown --------------------------------------------------------------------------------------------------------


LONG = "It is worse now.\n\nOn Mon, 2 Nov 2026 at 09:12, IT help <it-help@example.com> wrote:\n\n> Old words.\n"


def test_both_sides_read_what_is_new_and_can_show_all(box, requester, agent, ticket, client_of):
    from incidents.notify.addresses import thread_id

    arrive(box, write(requester, text=LONG, In_Reply_To=thread_id(ticket.number)))

    for person, address in ((agent, ticket.desk_url), (requester, ticket.get_absolute_url())):
        shown = client_of(person).get(address).content.decode()
        assert "by mail" in shown
        text = re.search(r"It is worse now\.(.*?)Show all(.*?)</details>", shown, re.DOTALL)
        assert "Old words" not in text[1]
        assert "&gt; Old words." in text[2]


HTML = (
    '<p onclick="x()">See <img src="cid:shot@x"> and <img src="https://spy.example/p.gif"> <a href="javascript:x()">a</a>'
    ' <a href="https://ok.example/">b</a><script>alert(1)</script><form action="/x"><input name="q"></form>'
    '<div style="background:url(https://spy.example/)" hx-get="/accounts/" data-x="1">end</div></p>'
)


def picture():
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(out, "PNG")
    return out.getvalue()


def test_the_original_shows_our_own_pictures_and_nothing_of_others(
    box, requester, agent, other_requester, client_of
):
    mail = write(requester, text="See.", html=HTML)
    mail.get_payload()[1].add_related(
        picture(), "image", "png", cid="<shot@x>", filename="shot.png"
    )
    ticket = arrive(box, mail).ticket
    said = ticket.messages.get()
    address = reverse("mail:original", args=[said.pk])

    for person in (agent, requester):
        answer = client_of(person).get(address)
        shown = answer.content.decode()
        inner = shown.split('class="fb-card fb-original"')[1].split("</main>")[0]
        assert f'src="{ticket.attachments.get().get_absolute_url()}"' in inner
        assert "1 picture from elsewhere is not shown" in shown
        assert 'href="https://ok.example/"' in inner
        for bad in (
            "spy.example",
            "javascript",
            "<script",
            "<form",
            "<input",
            "style=",
            "hx-get",
            "data-x",
            "onclick",
        ):
            assert bad not in inner
        assert (
            address
            in client_of(person)
            .get(ticket.desk_url if person == agent else ticket.get_absolute_url())
            .content.decode()
        )
    assert client_of(other_requester).get(address).status_code == 404


def test_an_erased_mail_has_no_original(box, requester, agent, client_of):
    from incidents.tickets import actions as tickets

    ticket = arrive(box, write(requester, text="See.\n\n-- \nMy phone", html=HTML)).ticket
    tickets.erase_words_of(requester, ticket, by=User.objects.system())

    said = ticket.messages.get()
    assert (said.whole, said.sent_from, said.format) == ("", "", "markdown")
    assert client_of(agent).get(reverse("mail:original", args=[said.pk])).status_code == 404


def test_a_letter_about_it_shows_its_signs_as_they_are(box, requester, agent, ticket, mailoutbox):
    from incidents.notify.addresses import thread_id
    from incidents.notify.letters import write as letter
    from incidents.tickets import actions as tickets

    tickets.take(ticket, by=agent)
    arrive(box, write(requester, text="a_b_c *x* <b>", In_Reply_To=thread_id(ticket.number)))

    delivery = ticket.events.get(kind=Kind.REPLIED).deliveries.get(channel="mail", recipient=agent)
    mail = letter(delivery)
    assert "a_b_c *x* <b>" in mail.body
    assert "a_b_c *x* &lt;b&gt;" in mail.alternatives[0][0]


def test_when_a_person_is_erased_nothing_of_their_mail_stays(
    box, requester, other_requester, admin, agent
):
    from incidents.mail.models import MailSource
    from incidents.privacy.actions.erase import _make_anonymous

    arrive(box, write(requester, Cc=other_requester.email))
    waits = arrive(box, write(other_requester, In_Reply_To=RawMail.objects.get().mail_id))
    kept = RawMail.objects.get(sender=requester.email)

    _make_anonymous(other_requester, admin)

    waits.refresh_from_db()
    assert (waits.state, waits.sender, waits.subject, waits.source) == ("ignored", "", "", b"")
    assert not Copied.objects.exists()
    assert kept.source
    assert MailSource.objects.count() == 1


def test_when_its_words_are_erased_the_mail_is(box, requester, agent):
    from incidents.mail.forgetting import forget_removed
    from incidents.tickets import actions as tickets

    mail = arrive(box, write(requester))
    tickets.erase_words_of(requester, mail.ticket, by=User.objects.system())
    forget_removed([mail.ticket_id])

    mail.refresh_from_db()
    assert (mail.sender, mail.source, mail.state) == ("", b"", "taken")
    assert arrive(box, write(requester)).ticket != mail.ticket
