"""Reporting a problem."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import Role
from accounts.typed import mark
from incidents.portal.forms import NewTicketForm
from incidents.tickets.categories import Tree
from incidents.tickets.models import Draft, Ticket

NEW = "/tickets/new/"
HTMX = {"HX-Request": "true"}


def test_three_answers_make_a_ticket_and_lead_to_its_page(client_of, requester, category, team):
    answer = client_of(requester).post(
        NEW, {"category": category.pk, "title": "No Wi-Fi", "description": "None at all."}
    )

    ticket = Ticket.objects.get()
    assert answer.url == ticket.get_absolute_url()
    assert (ticket.title, ticket.team, ticket.requester) == ("No Wi-Fi", team, requester)
    assert (ticket.impact, ticket.urgency) == ("me", "slow")


def test_only_three_fields_are_required(requester, category):
    form = NewTicketForm(by=requester, tree=Tree.load())

    assert [name for name, field in form.fields.items() if field.required] == [
        "category",
        "title",
        "description",
    ]


def test_the_rest_of_the_answers_is_kept(client_of, requester, report, service, picture):
    client_of(requester).post(
        NEW, report(service=service.pk, impact="many", urgency="stop", files=[picture])
    )

    ticket = Ticket.objects.get()
    assert (ticket.service, ticket.impact, ticket.urgency, ticket.priority) == (
        service,
        "many",
        "stop",
        1,
    )
    assert ticket.attachments.get().name == "screenshot.png"


def test_with_htmx_the_browser_is_sent_to_the_ticket(client_of, requester, report):
    answer = client_of(requester).post(NEW, report(), headers=HTMX)

    assert answer.headers["HX-Redirect"] == Ticket.objects.get().get_absolute_url()


@pytest.mark.parametrize("missing", ["category", "title", "description"])
def test_what_is_missing_is_named_and_the_rest_is_kept(client_of, requester, report, missing):
    answer = client_of(requester).post(NEW, report(**{missing: ""}))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "fb-errsum" in page
    assert f'href="#id_{missing}"' in page
    assert answer.context["form"].errors.keys() == {missing}
    for name, kept in [("title", "VPN keeps dropping"), ("description", "Every few minutes.")]:
        assert name == missing or kept in page
    assert not Ticket.objects.exists()


def test_with_htmx_only_the_form_comes_back(client_of, requester, report):
    answer = client_of(requester).post(NEW, report(title=""), headers=HTMX)

    assert answer.status_code == 422
    assert answer.content.decode().strip().startswith("<form")


def test_a_retired_or_unknown_category_is_refused(client_of, requester, report, other_category):
    other_category.is_retired = True
    other_category.save()

    for pk in (other_category.pk, 999999, "x"):
        assert client_of(requester).post(NEW, report(category=pk)).status_code == 422


def test_sending_twice_makes_one_ticket(client_of, requester, report):
    client = client_of(requester)

    answers = [client.post(NEW, report(key="same")) for _ in range(2)]

    assert {answer.url for answer in answers} == {Ticket.objects.get().get_absolute_url()}


def test_a_used_key_with_other_words_asks_again_and_keeps_the_text(client_of, requester, report):
    client = client_of(requester)
    client.post(NEW, report(key="same"))

    answer = client.post(NEW, report(key="same", title="Another thing"))

    assert answer.status_code == 422
    assert "Another thing" in answer.content.decode()
    assert 'value="same"' not in answer.content.decode()
    assert Ticket.objects.count() == 1


def test_fields_that_the_form_has_not_change_nothing(
    client_of, requester, report, other_requester, agent
):
    forged = {"requester": other_requester.pk, "reporter": other_requester.pk, "assignee": agent.pk, "status": "closed",
              "priority": 1, "team": 1, "is_open": False, "by": agent.pk}  # fmt: skip

    client_of(requester).post(NEW, report(**forged))

    ticket = Ticket.objects.get()
    assert (ticket.requester, ticket.reporter, ticket.assignee) == (requester, requester, None)
    assert (ticket.status, ticket.priority) == ("new", 4)


# Links that fill in ---------------------------------------------------------------------------------


def test_a_link_can_fill_in_category_and_title(client_of, requester, category):
    form = client_of(requester).get(f"{NEW}?category=vpn&title=It+drops").context["form"]

    assert form["category"].value() == category.pk
    assert form["title"].value() == "It drops"


def test_a_link_to_a_retired_category_fills_in_nothing(client_of, requester, category):
    category.is_retired = True
    category.save()

    assert (
        client_of(requester).get(f"{NEW}?category=vpn").context["form"]["category"].value() is None
    )


def test_opening_the_form_changes_nothing(client_of, requester):
    client_of(requester).get(NEW)

    assert not Draft.objects.exists()


# On behalf of someone ---------------------------------------------------------------------------------


def test_on_behalf_of_one_person_by_name(client_of, requester, other_requester, report):
    client_of(requester).post(NEW, report(for_other="on", who="mika thistle"))

    ticket = Ticket.objects.get()
    assert (ticket.requester, ticket.reporter) == (other_requester, requester)


def test_a_name_without_the_switch_is_left_alone(client_of, requester, other_requester, report):
    client_of(requester).post(NEW, report(who="mika thistle"))

    assert Ticket.objects.get().requester == requester


def test_several_people_of_a_name_are_offered_by_name_and_department_only(client_of, requester, other_requester, report, make_namesake):  # fmt: skip
    namesake = make_namesake("Mika Thistlewood")

    answer = client_of(requester).post(NEW, report(for_other="on", who="Mika"))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Mika Thistlewood" in page
    assert "Finance" in page
    assert namesake.email not in page
    client_of(requester).post(NEW, report(for_other="on", who="Mika", person=namesake.pk))
    assert Ticket.objects.get().requester == namesake


@pytest.mark.parametrize("who", ["", "Mi", "Nobody Here"])
def test_a_name_that_is_nobodys_is_refused(client_of, requester, other_requester, report, who):
    answer = client_of(requester).post(NEW, report(for_other="on", who=who))

    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"who"}


def test_a_key_of_somebody_of_another_name_is_not_believed(
    client_of, requester, other_requester, agent, report
):
    client_of(requester).post(NEW, report(for_other="on", who="Mika Thistle", person=agent.pk))

    assert Ticket.objects.get().requester == other_requester


def test_who_may_not_report_for_others_is_not_asked_and_not_heard(
    client_of, requester, other_requester, report
):
    Role.objects.filter(is_everybody=True).update(permissions=[])
    client = client_of(requester)

    assert "for_other" not in client.get(NEW).content.decode()
    client.post(NEW, report(for_other="on", who="Mika Thistle", person=other_requester.pk))

    assert Ticket.objects.get().requester == requester


# Files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("virus.exe", b"MZ", "kind are not taken"),
        ("empty.txt", b"", "empty"),
        ("broken.png", b"no picture", "seems broken"),
    ],
)
def test_a_bad_file_is_refused_with_the_reason_and_nothing_is_saved(
    client_of, requester, report, name, content, reason
):
    answer = client_of(requester).post(NEW, report(files=[SimpleUploadedFile(name, content)]))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert name in page
    assert reason in page
    assert "Every few minutes." in page
    assert not Ticket.objects.exists()


def test_a_file_that_is_too_large_is_refused(client_of, requester, report, settings):
    settings.ATTACHMENT_MAX_BYTES = 10

    answer = client_of(requester).post(
        NEW, report(files=[SimpleUploadedFile("long.txt", b"x" * 11)])
    )

    assert answer.status_code == 422
    assert "too large" in answer.content.decode()


def test_too_many_files_are_refused(client_of, requester, report):
    files = [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(6)]

    assert client_of(requester).post(NEW, report(files=files)).status_code == 422


def test_the_browser_is_told_what_it_can_refuse_by_itself(client_of, requester):
    page = client_of(requester).get(NEW).content.decode()

    assert 'data-most-bytes="26214400"' in page
    assert 'data-most-files="5"' in page
    assert ".png" in page


# What was typed and not sent -----------------------------------------------------------------------------


def test_what_is_being_typed_is_kept_and_offered_again(client_of, requester, report):
    client = client_of(requester)
    client.post("/drafts/new-ticket/", report(title="Half a rep"))

    page = client.get(NEW)

    assert "We kept what you typed" in page.content.decode()
    assert page.context["form"]["title"].value() == "Half a rep"


def test_a_draft_belongs_to_one_person(client_of, requester, other_requester, report):
    client_of(requester).post("/drafts/new-ticket/", report())

    assert "We kept what you typed" not in client_of(other_requester).get(NEW).content.decode()


def test_save_and_finish_later_works_without_javascript(client_of, requester):
    client = client_of(requester)

    answer = client.post(NEW, {"title": "Later", "draft": "1"})

    assert answer.url == "/"
    assert client.get(NEW).context["form"]["title"].value() == "Later"
    assert not Ticket.objects.exists()


def test_starting_afresh_throws_the_draft_away(client_of, requester, report):
    client = client_of(requester)
    client.post("/drafts/new-ticket/", report())

    answer = client.post("/tickets/new/draft/removal/", {"next": f"{NEW}?title=Now"})

    assert answer.url == f"{NEW}?title=Now"
    assert client.get(answer.url).context["form"]["title"].value() == "Now"


def test_sending_ends_the_draft(client_of, requester, report):
    client = client_of(requester)
    client.post("/drafts/new-ticket/", report())

    client.post(NEW, report())

    assert not Draft.objects.exists()


def test_text_sent_after_the_session_ended_waits_for_the_sign_in(
    client, client_of, requester, report, settings
):
    typed = report(title="Typed before the end", kept_for=mark(requester.pk, "new-ticket"))

    answer = client.post(NEW, typed, headers={"Referer": f"http://testserver{NEW}"})
    assert answer.url == f"/accounts/login/?next={NEW}"
    client.force_login(requester, backend=settings.AUTHENTICATION_BACKENDS[0])

    page = client.get(NEW)
    assert page.context["form"]["title"].value() == "Typed before the end"
    assert "We kept what you typed" in page.content.decode()
    assert not Ticket.objects.exists()


def test_that_text_is_given_to_nobody_else(client, requester, other_requester, report, settings):
    client.post(NEW, report(kept_for=mark(requester.pk, "new-ticket")))
    client.force_login(other_requester, backend=settings.AUTHENTICATION_BACKENDS[0])

    assert "VPN keeps dropping" not in client.get(NEW).content.decode()


# Costs ------------------------------------------------------------------------------------------------------


def test_filing_needs_few_queries(
    client_of, requester, report, picture, warm, django_assert_max_num_queries
):
    client = client_of(requester)
    client.get("/")

    # 25, and where the test's own transaction makes one more: a savepoint and its release.
    with django_assert_max_num_queries(27):
        assert client.post(NEW, report(files=[picture])).status_code == 302


def test_visitors_are_asked_to_sign_in(client):
    assert client.get(NEW).url.startswith("/accounts/login/")


def test_the_number_is_shown_at_once(client_of, requester, report):
    answer = client_of(requester).post(NEW, report(), follow=True)

    ticket = Ticket.objects.get()
    assert ticket.ref in answer.content.decode()
    assert timezone.now() - ticket.created_at < timedelta(minutes=1)


@pytest.mark.parametrize("name", ["title", "description", "who"])
def test_characters_that_no_database_keeps_are_refused_or_dropped(
    client_of, requester, report, name
):
    client = client_of(requester)
    typed = report(for_other="on", **{name: "null \x00 here"})

    assert client.post(NEW, typed).status_code == 422
    assert client.post(NEW, {**typed, "draft": "1"}).status_code == 302
    assert client.post("/drafts/new-ticket/", typed).status_code == 204
