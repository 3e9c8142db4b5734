"""What `LoggedAdmin` notes of rows that stand inside another row's form."""

import pytest
from django.contrib import admin as django_admin
from django.forms import inlineformset_factory
from django.test import RequestFactory

from accounts.administration.logged import LoggedAdmin
from accounts.models import AdminChange, Department, User
from tests.conftest import make_person

Rows = inlineformset_factory(Department, User, fields=["display_name", "email"], extra=0)


@pytest.fixture
def save(admin, department):
    def send(*rows: dict, initial: int) -> None:
        data = {"people-TOTAL_FORMS": len(rows), "people-INITIAL_FORMS": initial}
        for number, row in enumerate(rows):
            data |= {f"people-{number}-{name}": value for name, value in row.items()}
        formset = Rows(data, instance=department)
        assert formset.is_valid(), formset.errors
        request = RequestFactory().post("/")
        request.user = admin
        LoggedAdmin(Department, django_admin.site).save_formset(request, None, formset, change=True)

    return send


def test_rows_added_changed_and_removed_inside_a_form_are_each_noted(save, department):
    stays = make_person("Robin Kestrel", department=department)
    goes = make_person("Tam Linnet", department=department)

    save(
        {"id": stays.pk, "display_name": "Robin Falcon", "email": stays.email},
        {"id": goes.pk, "display_name": goes.display_name, "email": goes.email, "DELETE": "on"},
        {"display_name": "Oda Fern", "email": "oda@example.com"},
        initial=2,
    )

    lines = {line.action: line for line in AdminChange.objects.all()}
    assert lines["changed"].before == {"display_name": "Robin Kestrel"}
    assert lines["changed"].after == {"display_name": "Robin Falcon"}
    assert lines["removed"].before["display_name"] == "Tam Linnet"
    assert lines["added"].after["email"] == "oda@example.com"
    assert not any("password" in {**line.before, **line.after} for line in lines.values())


def test_rows_that_stay_as_they_are_leave_no_line(save, department):
    stays = make_person("Robin Kestrel", department=department)

    save({"id": stays.pk, "display_name": stays.display_name, "email": stays.email}, initial=1)

    assert not AdminChange.objects.exists()
