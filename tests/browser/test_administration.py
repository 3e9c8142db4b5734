"""Administration in a real browser: the relaxed content policy is wide enough, and the grid says what it will do."""

import pytest
from playwright.sync_api import expect

PAGES = [
    "/admin/",
    "/admin/accounts/user/",
    "/admin/accounts/user/add/",
    "/admin/accounts/team/1/change/",
    "/admin/accounts/department/",
    "/admin/roles/",
    "/admin/accounts/role/add/",
    "/admin/categories/?at=1",
    "/admin/tickets/service/",
    "/admin/knowledge/article/",
    "/admin/accounts/adminchange/",
]


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_is_refused_anything_or_scrolls_sideways(open_page, width):
    page = open_page("admin@example.com", width=width)
    for path in PAGES:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert page.locator("#content").is_visible(), path
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path


def test_the_grid_marks_changes_and_saves_them_together(open_page):
    page = open_page("admin@example.com")
    page.goto("/admin/roles/")

    page.get_by_role("checkbox", name="Team lead: Manage categories and services").check()

    marked = page.get_by_role(
        "checkbox", name="Team lead: Manage categories and services, changed, not saved"
    )
    assert marked.is_checked()
    assert (
        "Team lead gets “Manage categories and services”"
        in page.locator("[data-summary]").inner_text()
    )
    page.get_by_role("button", name="Discard").click()
    expect(marked).to_have_count(0)

    page.get_by_role("checkbox", name="Team lead: Manage categories and services").check()
    page.get_by_role("button", name="Save changes").click()
    page.get_by_text("Saved: Team lead.").wait_for()
    box = page.get_by_role("checkbox", name="Team lead: Manage categories and services")
    assert box.is_checked()
    box.uncheck()
    page.get_by_role("button", name="Save changes").click()
    page.get_by_text("Saved: Team lead.").wait_for()


def test_grid_and_tree_work_without_javascript(open_page):
    page = open_page("admin@example.com", java_script_enabled=False)
    page.goto("/admin/roles/")
    box = page.get_by_role("checkbox", name="Auditor: Write drafts")
    box.check()
    page.get_by_role("button", name="Save changes").click()
    assert page.get_by_text("Saved: Auditor.").is_visible()
    box.uncheck()
    page.get_by_role("button", name="Save changes").click()

    page.goto("/admin/categories/?new")
    page.get_by_label("Name employees see").fill("Office plants")
    page.get_by_role("button", name="Add category").click()
    page.get_by_role("button", name="Move Office plants up").click()
    page.get_by_role("button", name="Retire category").click()
    assert page.get_by_text("“Office plants” takes no new tickets.").is_visible()


def test_a_member_is_picked_by_name(open_page):
    page = open_page("admin@example.com")
    page.goto("/admin/accounts/team/1/change/")
    page.get_by_role("link", name="Add another Member").click()
    page.locator(".select2-selection").last.click()
    page.keyboard.type("a")
    options = page.locator(".select2-results__option[role=option]")
    found = options.filter(has_not_text="Searching").first
    name = found.inner_text()
    found.click()
    assert page.locator(".select2-selection__rendered").last.inner_text().strip() == name


def test_the_navigation_is_heard_by_its_labels_alone(open_page):
    page = open_page("admin@example.com")
    page.goto("/admin/accounts/adminchange/")
    here = page.get_by_role("link", name="Change log", exact=True)

    assert here.first.get_attribute("aria-current") == "page"
    assert page.get_by_role("link", name="history Change log").count() == 0


def test_side_bar_and_account_open_by_keys(open_page):
    page = open_page("admin@example.com", width=360)
    page.goto("/admin/")
    page.get_by_role("button", name="Side bar", exact=True).press("Enter")
    bar = page.locator("#nav-sidebar-apps")
    link = bar.get_by_role("link", name="Roles and permissions", exact=True)
    expect(link).to_be_in_viewport()
    page.get_by_role("button", name="admin@example.com").press("Enter")

    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.get_by_role("button", name="Close the side bar").press("Enter")
    expect(link).not_to_be_in_viewport()
