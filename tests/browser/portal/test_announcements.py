"""Announcements: a banner for everybody, a service's users or a department, from its start to its end."""

import pytest
from playwright.sync_api import Page, expect

FINANCE, IT = "employee@example.com", "agent@example.com"


def banner(page: Page, title: str):
    return page.get_by_role("region", name="Announcements").get_by_role("group", name=title)


@pytest.fixture
def publish(open_page, site):
    """What somebody who publishes does in administration. Taken back afterwards: others look at this site, too."""
    titles = []

    def one(title: str, body: str = "", *, who: str = "manager@example.com", **chosen: str) -> Page:
        page = open_page(who)
        page.goto("/admin/portal/announcement/add/")
        expect(page.get_by_text("In your time zone, Europe/Berlin.").first).to_be_visible()
        titles.append(title)
        page.locator("#id_title").fill(title)
        page.locator("#id_body").fill(body)
        for name, label in chosen.items():
            page.locator(f"#id_{name}").select_option(label=label)
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_url("**/admin/portal/announcement/")
        expect(page.get_by_role("row").filter(has_text=title)).to_contain_text("Running")
        return page

    yield one
    found = f"Announcement.objects.filter(title__in={titles!r})"
    site.run(
        f"from incidents.portal.models import Announcement; {found}.delete()",
    )


def test_one_is_published_seen_everywhere_dismissed_and_stays_gone(open_page, publish):
    publish("Lift test at noon", "Doors **stay open** for ten minutes.")
    page = open_page(FINANCE)

    for address in ("/", "/tickets/", "/tickets/new/", "/kb/"):
        page.goto(address)
        expect(banner(page, "Lift test at noon")).to_be_visible()
    expect(banner(page, "Lift test at noon").locator("strong")).to_have_text("stay open")
    page.get_by_role("button", name="Dismiss “Lift test at noon”").click()

    expect(banner(page, "Lift test at noon")).to_have_count(0)
    page.reload()
    expect(banner(page, "Lift test at noon")).to_have_count(0)
    other = open_page(IT)
    other.goto("/")
    expect(banner(other, "Lift test at noon")).to_be_visible()


def test_it_is_dismissed_without_javascript_too(open_page, publish):
    publish("Car park is closed")
    page = open_page(FINANCE, java_script_enabled=False)
    page.goto("/tickets/?state=closed")

    page.get_by_role("button", name="Dismiss “Car park is closed”").click()

    assert page.url.endswith("/tickets/?state=closed")
    expect(banner(page, "Car park is closed")).to_have_count(0)


def test_a_departments_announcement_is_for_its_people(open_page, publish):
    publish("Closing the books", department="Finance")

    mine, other = open_page(FINANCE), open_page(IT)
    mine.goto("/")
    expect(banner(mine, "Closing the books")).to_be_visible()
    other.goto("/")
    expect(banner(other, "Closing the books")).to_have_count(0)


def test_choosing_a_service_on_the_form_shows_what_is_known_of_it(open_page, publish):
    publish("Ledger is slow today", "We know, and work on it.", service="Ledger")
    page = open_page(FINANCE, width=360)
    page.goto("/tickets/new/")
    page.get_by_role("button", name="Dismiss “Ledger is slow today”").click()
    expect(banner(page, "Ledger is slow today")).to_have_count(0)
    page.get_by_label("In a few words").fill("Posting takes minutes")

    page.get_by_label("Which service is affected?").select_option(label="Ledger")

    beside = page.locator("#service-news")
    expect(beside).to_contain_text("We know, and work on it.")
    expect(page.get_by_label("In a few words")).to_have_value("Posting takes minutes")
    page.get_by_label("Which service is affected?").select_option(label="Printing")
    expect(beside).not_to_contain_text("We know, and work on it.")


def test_ended_in_administration_it_is_gone(open_page, publish):
    admin = publish("Short notice", who="admin@example.com")
    page = open_page(FINANCE)
    page.goto("/")
    expect(banner(page, "Short notice")).to_be_visible()

    admin.locator("#result_list").get_by_role("link", name="Short notice").click()
    admin.get_by_role("link", name="Delete announcement").click()
    admin.get_by_role("button", name="Yes, I’m sure").click()

    admin.wait_for_url("**/admin/portal/announcement/")
    page.reload()
    expect(banner(page, "Short notice")).to_have_count(0)
    admin.goto("/admin/accounts/adminchange/")
    expect(admin.get_by_text("“Short notice” removed")).to_be_visible()
