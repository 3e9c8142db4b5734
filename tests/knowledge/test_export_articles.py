"""What is exported comes in again as it was: the same bytes after a round trip, pictures included."""

import io
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.utils import timezone
from PIL import Image

from accounts.files import check
from accounts.models import Department, Team
from knowledge import actions, places
from knowledge.exporting import export
from knowledge.importing import Manner, archive, bring_in, folder
from knowledge.importing.planning import CATEGORIES, address_of_file
from knowledge.models import Article, ArticleFile, FormerSlug, Section, new_token

pytestmark = pytest.mark.django_db


def picture(kind, colour="red"):
    out = io.BytesIO()
    noise = Image.effect_noise((60, 40), 90).convert("RGB")
    Image.blend(noise, Image.new("RGB", (60, 40), colour), 0.5).save(out, kind)
    return out.getvalue()


def attach(article, name, content, *, by, is_listed=False):
    upload = check(ContentFile(content, name=name))
    row = ArticleFile(
        article=article, token=new_token(), name=upload.name, content_type=upload.content_type, size=upload.size,
        sha256=upload.sha256, uploaded_by=by, created_at=timezone.now(), is_listed=is_listed,
    )  # fmt: skip
    row.file.save(name, upload.content, save=True)
    return row


@pytest.fixture
def library(make_article, editor, section, department, team):
    """One of everything that an article can be."""
    vpn = make_article(
        "VPN drops: “every” few minutes",
        "See\n\n```\n{% if x %}\n```\n\n    code\n",
        tags=["vpn", "wi-fi"],
    )
    shot = attach(vpn, "shot.jpg", picture("JPEG"), by=editor)
    twin = attach(vpn, "shot.jpg", picture("JPEG", "blue"), by=editor)
    web = attach(vpn, "web.webp", picture("WEBP"), by=editor)
    attach(vpn, "read me.md", b"# Not an article", by=editor, is_listed=True)
    mail = make_article(
        "Mail", f"Look at [VPN](/kb/{vpn.slug}/#steps).", section=None, audience="staff"
    )
    addresses = [address_of_file(one.token, one.name) for one in (shot, twin, web)]
    actions.revise(
        vpn, by=editor, title=vpn.title, summary="Why: it drops", tags=["vpn"],
        body="\n\n".join(f"![Look]({address})" for address in addresses) + f"\n\n{{% include 'x' %}}\n\n[Mail](/kb/{mail.slug}/)",
    )  # fmt: skip
    actions.publish(vpn, by=editor)
    actions.revise(vpn, by=editor, title="VPN, better", body="A newer draft.", note="Later")
    Article.objects.filter(pk=vpn.pk).update(
        kind="known_error", is_featured=True, owner=editor, review_days=30, service_slug="vpn-access",
        expires_at=datetime(2031, 1, 2, tzinfo=UTC), reviewed_at=datetime(2024, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
    )  # fmt: skip
    FormerSlug.objects.create(slug="old-vpn", article=vpn)
    make_article("Nur für Finanzen", "Text", audience="departments", departments=[department])
    make_article("For the network team", "Text", audience="teams", teams=[team])
    german = make_article("VPN bricht ab", "Text")
    Article.objects.filter(pk=german.pk).update(
        language="de", translation_of=vpn, translated_number=0
    )
    make_article("Only a draft", "Unfinished.", published=False)
    actions.archive(make_article("Long over"), by=editor)
    return vpn


def exported():
    return {one.path: one.content for one in export(Article.objects.all())}


def keep_categories(files):
    """Of an export: who only writes makes none."""
    for one in yaml.safe_load(files.get(CATEGORIES, b"[]")):
        Section.objects.create(**one)


def emptied():
    ArticleFile.objects.all().delete()
    Article.objects.all().delete()
    Section.objects.all().delete()


def test_a_round_trip_by_folder_gives_the_same_bytes(library, tmp_path, editor, capsys):
    call_command("export_articles", str(tmp_path / "out"), skip_checks=True)
    before = exported()
    assert {path: (tmp_path / "out" / path).read_bytes() for path in before} == before

    emptied()
    call_command("import_articles", str(tmp_path / "out"), "--publish", skip_checks=True)

    assert "7 files read: 7 new" in capsys.readouterr().out
    after = exported()
    assert after.keys() == before.keys()
    for path in before:
        assert after[path] == before[path], path
    article = Article.objects.get(slug=library.slug)
    assert (article.is_published, article.has_newer_draft, article.owner) == (True, True, editor)
    assert article.translations.get().language == "de"
    assert article.files.count() == 4
    assert "{% include 'x' %}" in article.body


def test_a_round_trip_by_zip_gives_the_same_bytes(library, tmp_path, editor):
    call_command("export_articles", str(tmp_path / "out.zip"), skip_checks=True)
    call_command("export_articles", str(tmp_path / "again.zip"), skip_checks=True)
    assert (tmp_path / "out.zip").read_bytes() == (tmp_path / "again.zip").read_bytes()

    emptied()
    call_command("import_articles", str(tmp_path / "out.zip"), "--publish", skip_checks=True)
    call_command("export_articles", str(tmp_path / "third.zip"), skip_checks=True)

    assert (tmp_path / "third.zip").read_bytes() == (tmp_path / "out.zip").read_bytes()


def test_importing_what_is_there_already_changes_nothing(library, tmp_path, editor):
    call_command("export_articles", str(tmp_path / "out"), skip_checks=True)
    emptied()
    manner = Manner(by=editor, name="out", publish=True)

    first = [one.what for one in bring_in(folder(tmp_path / "out"), manner)]
    again = [one.what for one in bring_in(folder(tmp_path / "out"), manner)]

    assert set(first) == {"new"}
    assert set(again) == {"unchanged"}


def test_of_what_is_not_published_the_text_saved_last_is_exported(make_article, editor):
    article = make_article("Old title", "Old text.")
    actions.revise(article, by=editor, title="New title", body="New text.")
    actions.withdraw(article, by=editor)
    Article.objects.filter(pk=article.pk).update(title="Old title", body="Old text.")

    *_sections, file = export(Article.objects.all())

    assert b"title: New title" in file.content
    assert b"New text." in file.content
    assert b"Old" not in file.content


@pytest.mark.parametrize(
    ("who", "publish"), [("editor", True), ("editor", False), ("agent", False)]
)
def test_what_was_archived_comes_into_the_archive_again(
    make_article, editor, agent, tmp_path, who, publish
):
    """Whoever may write may archive what no reader has seen, and nobody publishes it by that."""
    actions.archive(make_article("Long over"), by=editor)
    actions.archive(make_article("Never begun", "", published=False), by=editor)
    before = exported()
    call_command("export_articles", str(tmp_path / "out"), skip_checks=True)
    emptied()
    keep_categories(before)
    manner = Manner(by={"editor": editor, "agent": agent}[who], name="out", publish=publish)

    told = list(bring_in(folder(tmp_path / "out"), manner))

    assert [(one.what, one.notes) for one in told] == [("new", ()), ("new", ())]
    assert {one.state for one in Article.objects.all()} == {"archived"}
    assert not Article.objects.filter(published_number__isnull=False).exists()
    assert exported() == before
    again = [one.what for one in bring_in(folder(tmp_path / "out"), manner)]
    assert again == ["unchanged", "unchanged"]


def test_who_may_not_write_archives_nothing_by_a_file(make_article, editor, requester, tmp_path):
    actions.archive(make_article("Long over"), by=editor)
    call_command("export_articles", str(tmp_path / "out"), skip_checks=True)
    Article.objects.all().delete()

    (told,) = bring_in(folder(tmp_path / "out"), Manner(by=requester, name="out", publish=True))

    assert (told.what, Article.objects.count()) == ("refused", 0)


def test_a_file_from_the_archive_takes_nothing_from_readers(make_article, editor, tmp_path):
    """Neither is what they read archived, nor do they read a text that was put away."""
    article = make_article("VPN", "Published words.")
    (tmp_path / "vpn.md").write_text(
        f"---\nformat: firebreak\nslug: {article.slug}\ntitle: VPN\nstate: archived\n---\n\nOld words.\n"
    )
    manner = Manner(by=editor, name="x", publish=True, overwrite=True)

    (told,) = bring_in(folder(tmp_path), manner)

    article.refresh_from_db()
    assert (told.what, article.state, article.body) == ("changed", "published", "Published words.")
    assert article.revisions.get(number=article.revision_number).body == "Old words."
    assert any("not put into the archive" in note for note in told.notes)


def test_only_some_are_exported(library, tmp_path, capsys):
    call_command("export_articles", str(tmp_path / "out"), "--state=draft", skip_checks=True)

    assert [p.name for p in (tmp_path / "out").rglob("*.md")] == ["only-a-draft.md"]
    assert "1 articles written" in capsys.readouterr().out


def test_nothing_is_written_over(library, tmp_path):
    (tmp_path / "a.md").write_text("mine")

    with pytest.raises(CommandError, match="no empty folder"):
        call_command("export_articles", str(tmp_path), skip_checks=True)


def test_a_picture_that_is_gone_from_the_disk_is_named(library, tmp_path, capsys):
    one = library.files.first()
    one.file.storage.delete(one.file.name)

    with pytest.raises(CommandError, match="missing"):
        call_command("export_articles", str(tmp_path / "out.zip"), skip_checks=True)

    assert (
        "“shot.jpg” of “VPN drops: “every” few minutes” is not on the disk"
        in capsys.readouterr().out
    )
    assert len(zipfile.ZipFile(tmp_path / "out.zip").namelist()) > 5


def test_a_department_that_is_not_here_is_refused_rather_than_shown_to_others(library, editor):
    before = exported()
    emptied()
    Department.objects.all().delete()
    Team.objects.filter(slug="network").update(slug="other")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for path, content in before.items():
            target.writestr(path, content)

    told = {
        one.path: one.reason
        for one in bring_in(archive(packed), Manner(by=editor, name="x", publish=True))
    }

    assert "there is no department “Finance”" in told["x/network/nur-fur-finanzen.md"]
    assert "there is no team “network”" in told["x/network/for-the-network-team.md"]
    assert not Article.objects.filter(slug="nur-fur-finanzen").exists()


# Where the next version is to stand --------------------------------------------------------------------------


def moved(article, by, **place):
    """A newer draft that is to stand elsewhere."""
    given = {"section": article.section, "kind": article.kind, "is_featured": False, **place}
    return actions.revise(
        article, by=by, title=article.title, body="Newer.", place=places.given(**given)
    )


def brought_in(content, by, **manner):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for path, text in content.items():
            target.writestr(path, text)
    return list(bring_in(archive(packed), Manner(by=by, name="x", **{"publish": True, **manner})))


def test_a_round_trip_keeps_where_the_newer_draft_is_to_stand(make_article, editor, department):
    article = make_article("VPN", "For all.", audience="everybody", section=None)
    later = Section.objects.create(name="Later", slug="later", position=7)
    moved(
        article, editor, section=later, audience="departments", departments=[department],
        kind="faq", is_featured=True,
    )  # fmt: skip
    place, before = places.coming(Article.objects.get()), exported()
    assert b"- Finance" in before["vpn.draft.md"]
    emptied()

    brought_in(before, editor)

    article = Article.objects.get()
    assert exported() == before
    assert (article.audience, article.section, article.has_newer_draft) == ("everybody", None, True)
    coming = places.coming(article)
    assert (coming.audience, coming.departments) == (place.audience, place.departments)
    assert (coming.section.slug, coming.kind, coming.is_featured) == ("later", "faq", True)


def test_without_publishing_it_stands_where_it_was_saved_last(make_article, editor, team):
    moved(make_article("VPN", audience="everybody"), editor, audience="teams", teams=[team])
    before = exported()
    emptied()

    packed = [one.what for one in brought_in(before, editor, publish=False)]

    article = Article.objects.get()
    assert packed == ["new"]
    assert (article.state, article.body, article.audience) == ("draft", "Newer.", "teams")
    assert list(article.teams.all()) == [team]


def test_of_a_planned_draft_text_and_place_are_those_saved_last(make_article, editor):
    article = make_article("VPN", "First.", audience="everybody", published=False)
    actions.plan(article, by=editor, at=timezone.now() + timedelta(hours=1))
    later = Section.objects.create(name="Later", slug="later")
    moved(Article.objects.get(), editor, section=later, audience="staff")

    before = exported()

    assert set(before) == {"categories.yaml", "later/vpn.md"}
    assert b"audience: staff" in before["later/vpn.md"]
    assert b"Newer." in before["later/vpn.md"]
    assert b"slug: later" in before["categories.yaml"]


def test_a_newer_draft_for_a_department_that_is_not_here_is_refused(
    make_article, editor, department
):
    moved(
        make_article("VPN", audience="everybody"),
        editor,
        audience="departments",
        departments=[department],
    )
    before = exported()
    emptied()
    Department.objects.all().delete()

    told = {one.path: one.reason for one in brought_in(before, editor)}

    article = Article.objects.get()
    assert "there is no department “Finance”" in told["x/network/vpn.draft.md"]
    assert not article.has_newer_draft


# Over an article that somebody is to move --------------------------------------------------------------------

FILE = "---\nformat: firebreak\ntitle: VPN\nslug: vpn\nsummary: From the file\nstate: published\n---\n\nFrom the file.\n"


def test_what_comes_in_opens_an_article_to_nobody(client, make_article, editor, lead):
    article = make_article("VPN", "Inner.", audience="staff")
    moved(article, lead, audience="everybody")
    actions.ask_review(article, by=lead)

    (told,) = brought_in({"vpn.md": FILE}, editor, overwrite=True)

    article = Article.objects.get()
    assert (told.what, article.body, article.audience) == ("changed", "From the file.", "staff")
    assert places.coming(article) is None
    assert "Everybody" in " ".join(told.notes)
    assert client.get("/kb/vpn/").status_code == 404


def test_the_newer_draft_beside_it_keeps_what_was_planned(make_article, editor):
    moved(make_article("VPN", "For all.", audience="everybody"), editor, audience="staff")
    newer = FILE.replace("From the file.", "Better still.")

    brought_in({"vpn.md": FILE, "vpn.draft.md": newer}, editor, overwrite=True)

    article = Article.objects.get()
    assert (article.audience, article.has_newer_draft) == ("everybody", True)
    assert places.coming(article).audience == "staff"


def test_who_only_writes_moves_nothing_by_a_file(make_article, agent):
    make_article("VPN", "Inner.", audience="staff")
    newer = FILE.replace("slug: vpn", "audience: everybody")

    told = brought_in(
        {"vpn.md": FILE.replace("published", "draft"), "vpn.draft.md": newer}, agent, overwrite=True
    )

    article = Article.objects.get()
    assert [one.what for one in told] == ["refused"]
    assert (article.revision_number, places.coming(article)) == (1, None)
