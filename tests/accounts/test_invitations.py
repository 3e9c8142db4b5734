"""People are asked in by pasted addresses or a CSV: looked at first, then invited, each line by itself."""

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts import invitations, jobs
from accounts.invitations import MOST_ROWS, WrongList, read, weigh
from accounts.models import AdminChange, Invitation, Role, User
from incidents.notify import jobs as outbox
from incidents.notify.models import Delivery
from tests.conftest import make_person

URL = "/admin/invitations/"
TABLE = "Name,E-Mail,Department,Team,Role\nRobin Reed,robin.reed@example.com,Finance,Network,agent\n,kit@example.com,,,\n"


def preview(client, text="", **more):
    return client.post(f"{URL}preview/", {"people": text, **more})


def states(rows):
    return [(row.line, row.state, row.why) for row in rows]


def test_addresses_are_looked_at_first_then_invited(admin, client_of):
    client, text = (
        client_of(admin),
        "Robin Reed <robin.reed@example.com>, kit.bramble@example.com\nNOT ONE",
    )

    page = preview(client, text)
    assert page.status_code == 200
    assert not User.objects.filter(email="robin.reed@example.com").exists()
    assert "This is no e-mail address." in page.content.decode()

    client.post(f"{URL}sending/", {"people": text})

    assert User.objects.get(email="robin.reed@example.com").display_name == "Robin Reed"
    assert User.objects.get(email="kit.bramble@example.com").display_name == "Kit Bramble"
    assert Invitation.objects.filter(by=admin, sent_at=None).count() == 2
    assert (
        AdminChange.objects.filter(kind="accounts.user", action="added", actor=admin).count() == 2
    )


def test_each_gets_the_link_and_is_seen_as_invited_then_accepted(admin, client_of):
    client = client_of(admin)
    client.post(f"{URL}sending/", {"people": "robin@example.com"})
    assert "the mail is on its way" in client.get(URL).content.decode()

    assert jobs.send_invitations() == 1
    assert jobs.send_invitations() == 0
    outbox.send_due()

    assert [one.to for one in mail.outbox] == [["robin@example.com"]]
    assert "/accounts/password/reset/key/" in mail.outbox[0].body
    assert ">invited<" in client.get(URL).content.decode()
    User.objects.filter(email="robin@example.com").update(last_login=timezone.now())
    page = client.get(URL).content.decode()
    assert ">accepted<" in page
    assert "Invite again" not in page


def test_a_table_gives_department_and_role(admin, client_of, team, department):
    client_of(admin).post(f"{URL}sending/", {"people": TABLE})

    robin = User.objects.get(email="robin.reed@example.com")
    held = robin.grants.get()
    assert (robin.department, held.role.slug, held.team) == (department, "agent", team)
    assert User.objects.get(email="kit@example.com").display_name == "Kit"


def test_a_file_is_read_as_well(admin, client_of, team, department):
    file = SimpleUploadedFile("people.csv", TABLE.replace(",", ";").encode("utf-8-sig"))

    page = preview(client_of(admin), file=file)

    assert [row.state for row in page.context["rows"]] == ["new", "new"]
    assert page.context["text"].startswith("Name;")


def test_doing_it_again_changes_nothing(admin, client_of, team, department):
    client = client_of(admin)
    client.post(f"{URL}sending/", {"people": TABLE})
    before = AdminChange.objects.count()

    client.post(f"{URL}sending/", {"people": TABLE.replace("Robin Reed", "Somebody Else")})

    assert AdminChange.objects.count() == before
    assert Invitation.objects.count() == 2
    assert User.objects.get(email="robin.reed@example.com").display_name == "Robin Reed"


def test_lines_are_refused_one_by_one(admin, team):
    rows = weigh(
        read(
            "name,email,department,team,role\n"
            "A,a@example.com,Nowhere,,\n"
            "B,b@example.com,,Nowhere,agent\n"
            "C,c@example.com,,network,\n"
            "D,d@example.com,,network,king\n"
            "=cmd|' /C calc'!A0,e@example.com,,,\n"
            "F,@SUM(1+1)@example.com,,,\n"
            "G,g@example.com\n"
            f"{'x' * 300},h@example.com,,,\n"
            "I\u202e,i@example.com,,,\n"
            "J,j@example.com,,,\n"
            "J,J@example.com,,,\n"
            'K,"k@example.com,,,\n'
        ),
        by=admin,
    )

    assert [row.state for row in rows] == ["refused"] * 9 + ["new", "here", "refused"]
    assert [row.line for row in rows][:3] == [2, 3, 4]
    assert "There is no department “Nowhere”." in rows[0].why
    assert "formula" in rows[4].why


def test_who_manages_people_only_gives_no_roles(db, client_of, team):
    hand = make_person("Hana Plover")
    role = Role.objects.create(
        name="People only", slug="people-only", permissions=["people.manage"]
    )
    hand.grants.create(role=role)

    client_of(hand).post(
        f"{URL}sending/", {"people": "email,role\na@example.com,administrator\nb@example.com,\n"}
    )

    assert not User.objects.filter(email="a@example.com").exists()
    assert User.objects.filter(email="b@example.com").exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no address"),
        ("\n".join(f"p{n}@example.com" for n in range(MOST_ROWS + 1)), "up to 2000"),
        ("a" * 1_000_001, "larger than 1 MB"),
    ],
)
def test_a_list_that_is_none_is_refused_as_a_whole(text, says):
    with pytest.raises(WrongList, match=says):
        read(text)


def test_a_heading_without_an_address_invites_nobody(admin):
    assert {row.state for row in weigh(read("name,department\nA,B\n"), by=admin)} == {"refused"}


@pytest.mark.parametrize(
    "given", [b"\xff\xfe\x00", "naïve@example.com".encode("latin-1"), b"\x00" * 50]
)
def test_strange_bytes_are_refused_in_words(given, admin, client_of):
    answer = preview(client_of(admin), file=SimpleUploadedFile("x.csv", given))

    assert answer.status_code in {200, 422}
    assert not Invitation.objects.exists()


def test_two_thousand_are_weighed_in_few_queries(admin, django_assert_max_num_queries):
    rows = read("\n".join(f"p{n}@example.com" for n in range(MOST_ROWS)))
    with django_assert_max_num_queries(12):
        assert all(row.state == "new" for row in weigh(rows, by=admin))


def test_the_mail_waits_in_the_outbox_for_a_server_that_is_away(admin, client_of, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    client_of(admin).post(f"{URL}sending/", {"people": "robin@example.com"})

    assert jobs.send_invitations() == 1
    outbox.send_due()

    row = Delivery.objects.get(recipient__email="robin@example.com")
    assert (row.state, row.occasion) == ("waiting", "sign_in_link")
    assert "refused" in row.last_error


def test_a_mail_that_can_not_be_delivered_is_said(admin, client_of):
    client = client_of(admin)
    client.post(f"{URL}sending/", {"people": "robin@example.com"})
    jobs.send_invitations()
    Delivery.objects.update(state="failed", last_error="550 no such user")
    assert "the mail can’t be sent" in client.get(URL).content.decode()

    client.post(f"{URL}{Invitation.objects.get().pk}/again/")
    jobs.send_invitations()
    outbox.send_due()

    assert ">invited<" in client.get(URL).content.decode()
    assert len(mail.outbox) == 1


def test_who_lost_the_right_sends_no_more(admin, client_of):
    client_of(admin).post(f"{URL}sending/", {"people": "robin@example.com"})
    admin.grants.all().delete()

    assert jobs.send_invitations() == 0
    assert Invitation.objects.get().has_failed
    outbox.send_due()
    assert mail.outbox == []


def test_whoever_has_come_is_not_invited_again(admin, client_of, requester):
    invitation = Invitation.objects.create(person=requester, by=admin)

    assert client_of(admin).post(f"{URL}{invitation.pk}/again/").status_code == 409


def test_the_auditor_reads_and_others_have_nothing_here(auditor, manager, admin, client_of):
    assert client_of(auditor).get(URL).status_code == 200
    assert preview(client_of(auditor), "a@example.com").status_code == 403
    assert client_of(auditor).post(f"{URL}sending/", {"people": "a@example.com"}).status_code == 403
    assert client_of(manager).get(URL).status_code == 403
    assert invitations.State.NEW == "new"


def test_from_a_restored_copy_none_goes_out(admin, client_of, settings):
    client_of(admin).post(f"{URL}sending/", {"people": "robin@example.com"})
    settings.OUTGOING = False

    assert jobs.send_invitations() == 0
    assert mail.outbox == []

    settings.OUTGOING = True
    assert jobs.send_invitations() == 1
