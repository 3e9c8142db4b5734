"""An administrator makes a type; an agent makes a ticket one, does what it asks, and resolves it."""

from uuid import uuid4

from playwright.sync_api import expect

FILE = """
from accounts.models import User
from incidents.tickets import actions
from incidents.tickets.models import Category
people = {{p.email: p for p in User.objects.people()}}
ticket = actions.file({title!r}, by=people["employee@example.com"], description="Personal data got out.",
    category=Category.objects.get(slug="network"))
print(ticket.ref)
"""
ADMIN, LEAD = "admin@example.com", "lead@example.com"


def test_a_type_from_administration_to_the_resolved_ticket(site, open_page):
    name = f"Breach {uuid4().hex[:6]}"
    task = f"Tell the officer {uuid4().hex[:6]}"
    ref = site.run(FILE.format(title=f"About {name}")).split()[-1]

    admin = open_page(ADMIN)
    admin.goto("/admin/types/?new")
    admin.get_by_label("Name").fill(name)
    admin.get_by_label("Required tasks").fill(task)
    admin.get_by_role("button", name="Add type").click()
    expect(admin.get_by_role("link", name=name)).to_be_visible()

    desk = open_page(LEAD)
    desk.goto(f"/desk/tickets/{ref}/")
    desk.get_by_role("link", name="Standard incident , change").click()
    form = desk.locator("#form-type")
    form.get_by_label("Type").select_option(label=name)
    form.get_by_role("button", name="Save").click()
    expect(desk.locator("#timeline")).to_contain_text(f"set the type to {name}")
    expect(desk.locator("#timeline")).to_contain_text("1 step is required for this type")

    desk.goto(f"/desk/tickets/{ref}/?compose=resolve")
    panel = desk.locator("#compose-resolve")
    panel.get_by_label("How was it resolved?").select_option("fixed")
    panel.locator("#id_resolve_body").fill("The leak is closed.")
    panel.get_by_role("button", name="Resolve").click()
    expect(
        desk.get_by_text(f"This has to be done before it is resolved: “{task}”.")
    ).to_be_visible()

    desk.goto(f"/desk/tickets/{ref}/work/")
    desk.get_by_role("checkbox", name=task).click()
    expect(desk.get_by_role("checkbox", name=task)).to_be_checked()
    desk.goto(f"/desk/tickets/{ref}/?compose=resolve")
    panel.get_by_label("How was it resolved?").select_option("fixed")
    panel.locator("#id_resolve_body").fill("The leak is closed.")
    panel.get_by_role("button", name="Resolve").click()
    expect(desk.locator("#timeline")).to_contain_text("Resolved: Fixed")

    admin.get_by_role("link", name=name).click()
    admin.get_by_role("button", name="Retire type").click()
    expect(admin.get_by_text(f"No ticket becomes “{name}” any more.")).to_be_visible()
