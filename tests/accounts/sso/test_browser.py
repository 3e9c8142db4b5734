"""One sign-in by an OpenID provider in Chromium: there and back under our content policy, and linked afterwards."""

import pytest
from allauth.socialaccount.models import SocialAccount
from playwright.sync_api import expect

from accounts.models import User
from accounts.sso.models import Provider
from tests import identity

pytestmark = pytest.mark.timeout(120)


def test_somebody_signs_in_with_the_companys_account(chromium, live_server, idp):
    Provider.objects.create(
        kind="oidc", name="Example ID", slug="example-id", is_on=True, issuer=idp.issuer, client_id=identity.CLIENT,
        secret=identity.SECRET, makes_accounts=True,
    )  # fmt: skip
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    troubles = []
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)

    page.goto(f"{live_server.url}/accounts/login/?next=/accounts/sso/")
    page.get_by_role("button", name="Sign in with Example ID").click()

    expect(page.get_by_role("heading", name="Single sign-on")).to_be_visible()
    linked = page.get_by_role("region", name="Linked to your account")
    expect(linked.get_by_text("robin@example.com")).to_be_visible()
    assert page.url == f"{live_server.url}/accounts/sso/"
    made = User.objects.get(email="robin@example.com")
    assert SocialAccount.objects.get().user == made
    assert [one for one in troubles if "Content Security Policy" in one] == []
    context.close()
