"""The category tree over HTTP, by plain forms."""

import pytest

from accounts.models import AdminChange
from incidents.tickets import actions as tickets
from incidents.tickets.models import Category


@pytest.fixture
def client(admin, client_of):
    return client_of(admin)


@pytest.fixture
def files(db):
    return Category.objects.create(name="Files", slug="files", icon="hard-drive", position=1)


@pytest.fixture
def drives(files):
    return Category.objects.create(name="Drives", slug="drives", parent=files, position=1)


@pytest.fixture
def printing(db):
    return Category.objects.create(name="Printing", slug="printing", icon="printer", position=2)


def test_the_tree_shows_names_teams_and_open_tickets_with_all_below(
    client, files, drives, team, requester
):
    tickets.file("Gone", by=requester, description="x", category=drives)
    tickets.file("Gone", by=requester, description="x", category=files)

    page = client.get("/admin/categories/")

    branch = page.context["branches"][0]
    assert (branch.category, branch.tickets) == (files, "2")
    assert [(child.category, child.tickets) for child in branch.children] == [(drives, "1")]
    assert "Move Drives up" in page.content.decode()


def test_counts_stop_at_a_thousand(client, files, monkeypatch, requester):
    monkeypatch.setattr("incidents.tickets.category_views.COUNT_CAP", 2)
    for _number in range(3):
        tickets.file("Gone", by=requester, description="x", category=files)

    assert client.get("/admin/categories/").context["branches"][0].tickets == "2+"


def test_the_tree_costs_the_same_for_few_and_many(client, files, django_assert_max_num_queries):
    for number in range(80):
        Category.objects.create(name=f"C{number}", slug=f"c{number}", parent=files)

    with django_assert_max_num_queries(12):
        client.get(f"/admin/categories/?at={files.pk}")


def test_a_category_is_added_under_another(client, files, team):
    form = {
        "name": "Lost",
        "icon": "tag",
        "under": files.pk,
        "default_team": team.pk,
        "description": "Where is it?",
    }

    answer = client.post("/admin/categories/new/", form)

    made = Category.objects.get(name="Lost")
    assert answer.url == f"/admin/categories/?at={made.pk}#c-{made.pk}"
    assert (made.parent, made.default_team, made.description) == (files, team, "Where is it?")


def test_nothing_but_the_forms_fields_comes_in(client, files, drives):
    smuggled = {
        "is_retired": "on",
        "merged_into": files.pk,
        "slug": "mine",
        "position": 99,
        "parent": files.pk,
    }

    client.post("/admin/categories/new/", {"name": "Lost", "icon": "tag", **smuggled})

    made = Category.objects.get(name="Lost")
    assert (made.is_retired, made.merged_into, made.slug, made.parent) == (
        False,
        None,
        "lost",
        None,
    )
    assert made.position != 99


def test_an_incomplete_form_keeps_what_was_typed(client, files):
    answer = client.post(
        "/admin/categories/new/",
        {"name": "", "icon": "tag", "description": "Kept words", "under": files.pk},
    )

    assert answer.status_code == 422
    html = answer.content.decode()
    assert "Kept words" in html
    assert f'name="under" value="{files.pk}"' in html


def test_a_name_that_is_taken_is_said_on_the_form(client, files, drives):
    answer = client.post(
        "/admin/categories/new/",
        {"name": "drives", "icon": "tag", "description": "Kept", "under": files.pk},
    )

    assert answer.status_code == 409
    html = answer.content.decode()
    assert "already" in html
    assert "Kept" in html


def test_each_control_does_its_step_and_leaves_a_line(client, files, drives, printing):
    url = f"/admin/categories/{drives.pk}/"
    client.post(url, {"name": "Shared drives", "icon": "server"})
    client.post(f"{url}parent/", {"place": printing.pk})
    client.post(f"{url}retirement/")
    client.post(f"{url}restoration/")
    client.post(f"/admin/categories/{printing.pk}/position/", {"to": "up"})
    client.post(f"{url}parent/", {"place": ""})
    client.post(f"{url}merger/", {"place": files.pk})

    drives.refresh_from_db()
    assert (drives.name, drives.icon, drives.merged_into, drives.is_retired) == (
        "Shared drives",
        "server",
        files,
        True,
    )
    assert [category.name for category in Category.objects.filter(parent=None)] == [
        "Printing",
        "Files",
    ]
    changed = AdminChange.objects.filter(kind="tickets.category", object_id=drives.pk).order_by(
        "pk"
    )
    assert [set(line.after) for line in changed][:4] == [
        {"name", "icon"},
        {"parent"},
        {"is_retired"},
        {"is_retired"},
    ]


def test_a_refused_step_is_said_in_words(client, files, drives):
    answer = client.post(f"/admin/categories/{files.pk}/parent/", {"place": drives.pk})

    assert answer.status_code == 409
    assert "can&#x27;t stand below itself" in answer.content.decode()


@pytest.mark.parametrize("at", ["999999", "x", "-1"])
def test_what_is_not_there_is_not_found(client, at, files):
    assert client.get("/admin/categories/", {"at": at}).status_code == 404
    assert client.post("/admin/categories/999999/retirement/").status_code == 404


@pytest.mark.parametrize(
    ("act", "sent"),
    [
        ("position", {"to": "sideways"}),
        ("merger", {"place": ""}),
        ("merger", {"place": "x"}),
        ("parent", {"place": "x"}),
    ],
)
def test_a_forged_step_is_refused(act, sent, client, files):
    assert client.post(f"/admin/categories/{files.pk}/{act}/", sent).status_code == 422


@pytest.mark.parametrize(
    "act", ["", "position/", "parent/", "merger/", "retirement/", "restoration/"]
)
def test_looking_changes_nothing(act, client, files):
    assert client.get(f"/admin/categories/{files.pk}/{act}").status_code == 405


def test_old_addresses_of_the_table_lead_to_the_tree(client, files):
    assert client.get("/admin/tickets/category/").url == "/admin/categories/"
    assert (
        client.get(f"/admin/tickets/category/{files.pk}/change/").url
        == f"/admin/categories/?at={files.pk}"
    )
