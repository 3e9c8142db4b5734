"""Whatever anybody types or pastes, no page has to be scrolled sideways: addresses, paths of files, names of hosts."""

import json

import pytest

from tests.browser.conftest import running_site
from tests.browser.outside import outside
from tests.browser.test_payloads import VISITS

pytestmark = pytest.mark.sqlite
"""Pages look the same on both databases: once is enough."""

WIDTHS = (1280, 360)
BARE = "/tickets/new/announcements/"
"""A part for pages with scripts, without their styles."""


@pytest.fixture(scope="module")
def site(stock, tmp_path_factory):
    with running_site(stock, tmp_path_factory.mktemp("wide")) as site:
        yield site


@pytest.fixture(scope="module")
def places(site):
    wide = "from tests.security import hostile; hostile.make_wide()"
    printed = site.run(f"import json; {wide}; print(json.dumps(hostile.seed()))")
    return json.loads(printed.strip().splitlines()[-1])


@pytest.mark.timeout(300, func_only=True)
@pytest.mark.parametrize("who", VISITS)
def test_no_page_scrolls_sideways(open_page, places, who):
    page = open_page(who)
    found = {}
    for template in VISITS[who]:
        path = template.format(**places)
        if path.startswith(BARE):
            continue
        answer = page.goto(path)
        assert answer, path
        assert answer.status == 200, path
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(100)  # what comes once it is seen has come
            if wide := outside(page):
                found.setdefault(path, {})[width] = wide
    assert found == {}
