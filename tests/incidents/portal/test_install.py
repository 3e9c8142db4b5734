"""The portal as an app on a phone: its manifest, its worker, and the page it shows without a connection."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from PIL import Image

from incidents.portal.views.install import KEPT

pytestmark = pytest.mark.django_db


def files_of(worker):
    return re.findall(r'^ {2}"([^"]+)",$', worker, re.MULTILINE)


def version_of(answer):
    return re.search(r"firebreak-(\w+)", answer.content.decode())[1]


def test_the_manifest_says_what_a_phone_asks_for(client):
    answer = client.get("/manifest.webmanifest")

    told = answer.json()
    assert answer["Content-Type"] == "application/manifest+json"
    assert (told["name"], told["start_url"], told["scope"]) == (settings.SITE_NAME, "/", "/")
    assert (told["display"], told["lang"]) == ("standalone", "en")
    assert 0 < len(told["short_name"]) <= 12
    assert {"theme_color", "background_color"} <= told.keys()


def test_a_long_name_has_a_short_one_below_its_icon(client, settings):
    settings.SITE_NAME = "Fernhill IT Help"

    told = client.get("/manifest.webmanifest").json()

    assert (told["name"], told["short_name"]) == ("Fernhill IT Help", "IT help")


def test_each_icon_is_there_in_the_size_it_says(client):
    icons = client.get("/manifest.webmanifest").json()["icons"]

    assert {(icon["sizes"], icon["purpose"]) for icon in icons} == {
        ("192x192", "any"), ("512x512", "any"), ("512x512", "maskable"),
    }  # fmt: skip
    for icon in icons:
        path = finders.find(icon["src"].removeprefix(settings.STATIC_URL))
        with Image.open(path) as picture:
            assert "{}x{}".format(*picture.size) == icon["sizes"]
        assert Path(path).stat().st_size < 10_000


def test_the_worker_may_look_after_the_whole_site(client):
    answer = client.get("/sw.js")

    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Service-Worker-Allowed"] == "/"
    assert "no-cache" in answer["Cache-Control"]
    assert "/accounts/" not in answer.content.decode()


def test_the_worker_keeps_static_files_and_the_offline_page_only(client, client_of, requester):
    for browser in (client, client_of(requester)):
        worker = browser.get("/sw.js").content.decode()

        assert 'OFFLINE = "/offline/"' in worker
        assert files_of(worker)
        assert all(file.startswith(settings.STATIC_URL) for file in files_of(worker))
        assert worker.count("cache.put") == 1
        assert str(requester) not in worker
        assert "csrf" not in worker.lower()


def test_the_worker_keeps_all_that_the_offline_page_is_drawn_with(client):
    page = client.get("/offline/").content.decode()
    used = set(
        re.findall(
            r'<(?:link rel="(?:stylesheet|icon)"|script|use)[^>]*?(?:href|src)="([^"#]+)', page
        )
    )
    later = {"/static/js/live-worker.js"}

    assert used
    assert used - later <= set(files_of(client.get("/sw.js").content.decode()))


def test_of_a_script_that_is_kept_all_is_kept_that_it_imports():
    imported = {
        f"js/{name}"
        for path in KEPT
        if path.startswith("js/")
        for name in re.findall(
            r'^import .*"\./(.+)";$', Path(finders.find(path)).read_text(), re.MULTILINE
        )
    }

    assert "js/left.js" in imported
    assert imported <= set(KEPT)


def test_the_worker_is_new_when_what_it_keeps_is(client, client_of, requester, settings):
    before = version_of(client.get("/sw.js"))
    assert version_of(client.get("/sw.js", headers={"Accept-Language": "de"})) == before
    assert version_of(client_of(requester).get("/sw.js")) == before

    settings.SITE_PHONE = "4321"

    assert version_of(client.get("/sw.js")) != before


def test_the_offline_page_needs_no_session_and_makes_none(client, settings):
    settings.SITE_PHONE = "4321"

    answer = client.get("/offline/")

    assert answer.status_code == 200
    assert "public" in answer["Cache-Control"]
    assert not answer.cookies
    assert "You’re offline" in answer.content.decode()
    assert 'href="tel:4321"' in answer.content.decode()


def test_the_offline_page_is_the_same_whoever_asks(client, client_of, requester):
    answer = client_of(requester).get("/offline/")

    assert answer.content == client.get("/offline/").content
    assert not answer.cookies
    for private in (str(requester), requester.email, "X-CSRFToken"):
        assert private not in answer.content.decode()


def test_the_offline_page_speaks_the_browsers_language(client):
    page = client.get("/offline/", headers={"Accept-Language": "de"}).content.decode()

    assert 'lang="de"' in page
    assert "Sie sind offline" in page


def test_every_page_names_the_manifest_and_the_worker(client_of, requester):
    page = client_of(requester).get("/").content.decode()

    assert '<link rel="manifest" href="/manifest.webmanifest">' in page
    assert 'data-install="/sw.js"' in page
    assert "icons/touch-180.png" in page
    assert page.count('name="theme-color"') == 2


def test_whoever_chose_a_theme_has_its_colour_alone(client_of, requester):
    requester.theme = "dark"
    requester.save()

    page = client_of(requester).get("/").content.decode()

    assert re.findall(r'name="theme-color"\s+content="(\S+)"', page) == ["#151c24"]
