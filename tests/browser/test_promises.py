"""What was promised, on pages that stay open: the sentence changes when its time is over."""

from uuid import uuid4

import pytest
from playwright.sync_api import expect

FILE = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import User
from incidents.sla.models import Clock
from incidents.tickets import actions
from incidents.tickets.models import Category
person = User.objects.get(email="employee@example.com")
ticket = actions.file({title!r}, by=person, description="It must not wait.", category=Category.objects.get(slug="network"))
Clock.objects.filter(ticket=ticket).update(due_at=timezone.now() + timedelta(seconds=90), next_step_at=None)
print(ticket.ref)
"""


@pytest.mark.parametrize("is_list", [False, True])
def test_the_sentence_changes_without_reload(site, open_page, is_list):
    title = f"Promised {uuid4().hex[:8]}"
    ref = site.run(FILE.format(title=title)).split()[-1]
    page = open_page("employee@example.com")
    page.clock.install()
    page.goto("/tickets/" if is_list else f"/tickets/{ref}/")
    place = (
        page.get_by_role("listitem").filter(has_text=title)
        if is_list
        else page.locator("#progress")
    )
    expect(place).to_contain_text("You hear from us by ")

    page.clock.fast_forward("02:00")
    expect(place).to_contain_text("This takes longer than we promised.")
    expect(place).not_to_contain_text("You hear from us by ")
