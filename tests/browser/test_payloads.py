"""No words of anybody run, load or send anything in our pages: the corpus in every place, looked at by every role."""

import json

import pytest

from tests.browser.conftest import running_site

WATCH = """
window.hits = [];
window.pwned = () => window.hits.push("ran");
document.addEventListener("securitypolicyviolation", (event) =>
  window.hits.push(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


@pytest.fixture(scope="module")
def site(stock, tmp_path_factory):
    """A site apart: hostile announcements would stand above everybody else's pages."""
    with running_site(stock, tmp_path_factory.mktemp("hostile")) as site:
        yield site


@pytest.fixture(scope="module")
def places(site):
    printed = site.run(
        "import json; from tests.security.hostile import seed; print(json.dumps(seed()))",
    )
    return json.loads(printed.strip().splitlines()[-1])


VISITS = {
    "employee@example.com": [
        "/", "/tickets/", "/tickets/{ticket}/", "/tickets/new/", "/kb/", "/kb/{article}/", "/kb/{marked}/", "/kb/search/?q=hostile",
        "/kb/search/?q=script", "/notifications/", "/suggest/?q=hostile", "/tickets/{rated}/",
        "/tickets/new/announcements/?service={service}", "/accounts/sso/", "/tickets/{mail_ticket}/", "/mail/originals/{mailed}/",
    ],
    "agent@example.com": [
        "/desk/", "/accounts/tokens/", "/api/v1/", "/desk/queues/workplace/", "/desk/unassigned/", "/desk/mine/", "/desk/tickets/{ticket}/",
        "/desk/tickets/{ticket}/related/", "/desk/tickets/{ticket}/work/", "/desk/tickets/{ticket}/requester/",
        "/desk/tickets/{ticket}/similar/", "/desk/tickets/{ticket}/articles/helpful/", "/desk/tickets/{ticket}/tags/", "/desk/search/?q=script", "/desk/mentions/", "/desk/canned/",
        "/desk/search/?q=hostile", "/desk/tickets/new/",
        "/desk/tickets/{mail_ticket}/", "/mail/originals/{mailed}/", "/mail/{held_mail}/", "/mail/copied/{mail_ticket}/",
        "/desk/kb/", "/desk/kb/{article}/", "/desk/kb/{marked}/", "/desk/kb/{article}/revisions/", "/desk/kb/{article}/life/", "/desk/kb/to-do/?whose=all",
        "/desk/kb/{article}/comparison/?a=1&b=2", "/desk/kb/{article}/comparison/?a=1&b=2&layout=side", "/notifications/", "/desk/tickets/{rated}/",
        "/tickets/{processed}/", "/desk/tickets/{processed}/", "/desk/tickets/{processed}/clocks/", "/desk/tickets/{processed}/escalation/", "/desk/tickets/{processed}/work/",
        "/desk/macros/", "/desk/macros/{macro}/", "/desk/tickets/{processed}/macros/{macro}/", "/desk/macros/new/?ticket={processed_number}",
        "/desk/views/", "/desk/views/{view}/", "/desk/all/?step={step}", "/desk/filters/?step={step}", "/desk/board/?team=workplace&lanes=step&step={step}",
    ],
    "admin@example.com": [
        "/admin/", "/admin/accounts/user/", "/admin/accounts/user/{person}/change/", "/admin/accounts/department/",
        "/admin/categories/", "/admin/tickets/service/", "/admin/knowledge/article/", "/admin/accounts/adminchange/",
        "/admin/roles/", "/admin/portal/announcement/", "/admin/letters/reply/en/", "/admin/service-accounts/",
        "/admin/types/", "/admin/types/?at={type}", "/admin/workflows/", "/admin/workflows/{workflow}/", "/admin/workflows/{workflow}/draft/",
        "/admin/matrices/", "/admin/matrices/{matrix}/", "/admin/sla/", "/admin/sla/policies/{policy}/", "/admin/sla/calendars/{calendar}/",
        "/admin/sla/holidays/{holidays}/", "/admin/sla/changes/{sla_change}/", "/admin/escalation/chain/", "/admin/escalation/chain/{chain}/change/",
        "/admin/webhooks/endpoint/", "/admin/webhooks/endpoint/{webhook}/change/", "/admin/webhooks/messages/{webhook_message}/",
        "/admin/mail/mailbox/", "/admin/mail/vouched/", "/admin/mail/mailbox/{mailbox}/change/",
        "/admin/escalation/level/{level}/change/", "/admin/escalation/trial/", "/admin/tickets/closingrule/", "/admin/tickets/closingrule/{closing}/change/",
        "/admin/tickets/proposalrules/", "/admin/retention/", "/admin/invitations/", "/admin/configuration/", "/admin/find/?q=script", "/admin/audit/",
        "/admin/removed/", "/admin/people/{person}/sight/", "/admin/people/{person}/leaving/", "/admin/erasure/{person}/",
        "/admin/sso/provider/", "/admin/sso/provider/{provider}/change/", "/admin/sso/provider/{provider}/preview/",
        "/admin/identities/", "/admin/identities/{identity}/unlinking/", "/admin/feed-addresses/", "/admin/deliveries/",
    ],
    "hostile@example.com": ["/", "/tickets/", "/accounts/", "/accounts/2fa/"],
}  # fmt: skip


@pytest.mark.timeout(300, func_only=True)
@pytest.mark.parametrize("who", VISITS)
def test_nothing_runs_loads_or_breaks_the_policy(open_page, places, who):
    page = open_page(who)
    page.add_init_script(WATCH)
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    found = {}
    for template in VISITS[who]:
        path = template.format(**places)
        answer = page.goto(path)
        assert answer, path
        assert answer.status == 200, path  # else nothing was looked at
        page.wait_for_timeout(150)  # an event handler of a payload has had its chance
        if hits := page.evaluate("window.hits"):
            found[path] = hits
    assert found == {}
    assert dialogs == []
