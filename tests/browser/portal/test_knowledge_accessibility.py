"""WCAG 2.2 AA on the pages of the knowledge base: axe finds nothing, in light, in dark, and on a phone, and nothing makes
the page scroll sideways."""

import re
from collections.abc import Callable
from itertools import product
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.outside import outside
from tests.browser.portal.test_accessibility import LOOKS, findings

pytestmark = [pytest.mark.sqlite, pytest.mark.timeout(600, func_only=True)]
"""Pages look the same on both databases: once is enough."""

EMPLOYEE, EDITOR = "employee@example.com", "editor@example.com"
BODY = """[TOC]

> [!WARNING]
> Ask first.

## What holds

| Who | May |
| --- | --- |
| Everybody | read |

- [ ] Think
- [x] Ask

```
sudo reboot
```

## Steps

1. First
2. Then

## Questions

None."""
MAKE = """
from accounts.models import User
from knowledge import actions
editor = User.objects.get(email="editor@example.com")
for kind, audience in (("policy", "everybody"), ("how_to", "employees")):
    article = actions.draft("Axe {mark} " + kind, by=editor, body={body!r}, kind=kind, audience=audience)
    article = actions.publish(article, by=editor)
    print(article.slug)
actions.revise(article, by=editor, title=article.title, body=article.body.replace("First", "At first"))
"""
KINDS = {
    "known error": "orderbook-finds-no-customer-with-an-accent",
    "question": "where-is-my-payslip",
    "how-to with contents": "reset-your-password-yourself",
    "translation": "kennwort-selbst-zuruecksetzen",
    "translation that is behind": "vpn-trennt-sich-alle-paar-minuten",
}


@pytest.fixture(scope="module")
def made(site) -> dict[str, str]:
    """A policy that everybody reads, and a how-to with a newer draft."""
    words = MAKE.format(mark=uuid4().hex[:8], body=BODY)
    policy, how_to = site.run(words).split()[-2:]
    return {"policy": policy, "how_to": how_to}


def go_to(address: str) -> Callable[[Page, dict[str, str]], object]:
    return lambda page, made: page.goto(address.format(**made))


def said_no(page: Page, made: dict[str, str]) -> None:
    page.goto(f"/kb/{made['how_to']}/")
    again = page.get_by_text("You said that it didn’t help")
    if not again.is_visible():
        page.get_by_role("button", name="No, it didn’t").click()
    expect(again).to_be_visible()


def narrowed(page: Page, _made: dict[str, str]) -> None:
    page.goto("/kb/search/?q=vpn")
    expect(page.get_by_role("main").get_by_role("link", name=re.compile("VPN")).first).to_be_visible()  # fmt: skip


READERS = {
    "found": narrowed,
    "misspelt": go_to("/kb/search/?q=passwrod"),
    "a category": go_to("/kb/search/?section=network"),
    "nothing found": go_to("/kb/search/?q=xylowombat"),
    **{kind: go_to(f"/kb/{slug}/") for kind, slug in KINDS.items()},
    "policy": go_to("/kb/{policy}/"),
    "feedback": said_no,
    "on paper": go_to("/kb/reset-your-password-yourself/print/"),
    "followed": go_to("/kb/following/"),
}
VISITORS = {"policy": go_to("/kb/{policy}/"), "nothing found": go_to("/kb/search/?q=xylowombat")}
EDITORS = {
    "runbook": go_to("/kb/runbook-bring-the-label-printers-back/"),
    "shelf": go_to("/desk/kb/"),
    "editor": go_to("/desk/kb/{how_to}/"),
    "new": go_to("/desk/kb/new/"),
    "life": go_to("/desk/kb/{how_to}/life/"),
    "feedback": go_to("/desk/kb/{how_to}/feedback/"),
    "revisions": go_to("/desk/kb/{how_to}/revisions/"),
    "compare": go_to("/desk/kb/{how_to}/comparison/?a=1&b=2"),
    "compare, side by side": go_to("/desk/kb/{how_to}/comparison/?a=1&b=2&layout=side"),
    "translations": go_to("/desk/kb/vpn-trennt-sich-alle-paar-minuten/translations/"),
    "to do": go_to("/desk/kb/to-do/?whose=all"),
    "to do, behind": go_to("/desk/kb/to-do/?show=outdated&whose=all"),
    "to do, nothing": go_to("/desk/kb/to-do/?show=not_out"),
    "gaps": go_to("/desk/gaps/"),
    "import": go_to("/desk/kb/import/"),
    "find an article": go_to("/desk/articles/choice/?article_words=vpn"),
}


def walk(page: Page, pages: dict[str, Callable], made: dict[str, str]) -> list[str]:
    found = []
    for scheme, name in product(("light", "dark"), pages):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size({"width": 1280, "height": 900})
        pages[name](page, made)
        for width in (width for look, width in LOOKS if look == scheme):
            page.set_viewport_size({"width": width, "height": 900})
            found += [f"{name}, {scheme}, {width}: {line}" for line in findings(page)]
            found += [f"{name}, {width}: {line}" for line in outside(page)]
    return found


@pytest.mark.parametrize(
    ("who", "pages"),
    [(EMPLOYEE, READERS), (None, VISITORS), (EDITOR, EDITORS)],
    ids=["reader", "visitor", "editor"],
)
def test_axe_finds_nothing(open_page, made, who, pages) -> None:
    # axe tries its colours out with inline styles
    page = open_page(who, bypass_csp=True, service_workers="block")
    found = walk(page, pages, made)
    assert not found, "\n".join(found)
