"""What is exported comes in again as it was: the same bytes after a round trip, pictures included."""

import io
import zipfile
from datetime import UTC, datetime

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.utils import timezone
from PIL import Image

from accounts.files import check
from accounts.models import Department, Team
from knowledge import actions
from knowledge.exporting import export
from knowledge.importing import Manner, archive, bring_in, folder
from knowledge.importing.planning import address_of_file
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
    make_article("Nur für Finanzen", "Text", audience="departments").departments.add(department)
    make_article("For the network team", "Text", audience="teams").teams.add(team)
    german = make_article("VPN bricht ab", "Text")
    Article.objects.filter(pk=german.pk).update(
        language="de", translation_of=vpn, translated_number=0
    )
    make_article("Only a draft", "Unfinished.", published=False)
    actions.archive(make_article("Long over"), by=editor)
    return vpn


def exported():
    return {one.path: one.content for one in export(Article.objects.all())}


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
