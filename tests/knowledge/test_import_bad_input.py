"""Hostile and broken zips and files: each is refused with its place and the reason, and nothing else is lost."""

import io
import os
import re
import stat
import time
import zipfile
from html.parser import HTMLParser
from unittest import mock

import pytest
from django.conf import settings

from knowledge.importing import BadSource, Manner, archive, bring_in, folder, planning, sources
from knowledge.importing.planning import Plan
from knowledge.importing.reading import parse_yaml
from knowledge.importing.writing import carry_out
from knowledge.models import Article, ArticleFile, FormerSlug, Section
from tests.security.hostile import PAYLOADS

pytestmark = pytest.mark.django_db


def zipped(files, **kwargs):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for path, content in files.items() if isinstance(files, dict) else files:
            info = path if isinstance(path, zipfile.ZipInfo) else zipfile.ZipInfo(path)
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, content)
    packed.seek(0)
    return packed


@pytest.fixture
def brought(editor):
    def bring(packed, **given):
        told = bring_in(archive(packed), Manner(by=editor, name="z", **given))
        return {one.path: one.reason or one.what for one in told}

    return bring


GOOD = {"good.md": "Text"}


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("../up.md", "leads out of the folder"), ("a/../../up.md", "leads out of the folder"), ("a\\..\\..\\up.md", "leads out"),
        ("/etc/a.md", "does not begin in the folder"), ("C:/a.md", "does not begin in the folder"), ("//host/a.md", "does not begin"),
        ("./a.md", "leads out of the folder"), ("a//b.md", "leads out of the folder"), ("con.md", "for devices"),
        ("x/LPT1.md", "for devices"), ("x/aux/a.md", "for devices"), ("a\nb.md", "control characters"), ("a\u202eb.md", "control characters"),
        (f"{'x' * 301}.md", "more than 300 characters"),
    ],
)  # fmt: skip
def test_paths_that_mean_another_place_are_refused(brought, path, reason):
    told = brought(zipped({path: "Text", **GOOD}))

    assert told.pop("z/good.md") == "new"
    assert reason in next(iter(told.values()))
    assert Article.objects.count() == 1


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_names_that_clash_on_some_systems_are_refused(brought):
    told = brought(zipped([("A.md", "One"), ("a.md", "Two"), ("b.md", "Three"), ("b.md", "Four")]))

    assert told["z/a.md"] == "its path differs from “A.md” in capital letters or accents only"
    assert told["z/b.md"] in {"new", "the file is there twice"}
    assert Article.objects.count() == 2


def test_links_and_devices_in_a_zip_are_refused(brought):
    link = zipfile.ZipInfo("link.md")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    pipe = zipfile.ZipInfo("pipe.md")
    pipe.external_attr = (stat.S_IFIFO | 0o666) << 16

    told = brought(zipped({link: "/etc/passwd", pipe: "x", **GOOD}))

    assert "link to another place" in told["z/link.md"]
    assert told["z/pipe.md"] == "it is no file"
    assert told["z/good.md"] == "new"


def test_links_in_a_folder_are_refused(tmp_path, editor):
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.md").symlink_to(tmp_path / "secret")
    (tmp_path / "in" / "b.md").write_text("![x](pic.png)")
    (tmp_path / "in" / "pic.png").symlink_to("/etc/hostname")

    told = {one.path: one for one in bring_in(folder(tmp_path / "in"), Manner(by=editor, name="f"))}

    assert "link to another place" in told["f/a.md"].reason
    assert "link to another place" in told["f/pic.png"].reason
    assert told["f/b.md"].notes == ("the picture “pic.png” is missing",)


def test_a_bomb_is_refused_before_it_is_unpacked():
    started = time.process_time()
    with pytest.raises(BadSource, match="times as large"):
        archive(zipped({"a.md": b"\0" * 24 * 1024 * 1024}))
    with mock.patch.object(sources, "MOST_BYTES", 1000), pytest.raises(BadSource, match="Unpacked"):
        archive(zipped({"a.md": b"x" * 2000}))
    with (
        mock.patch.object(sources, "MOST_FILES", 5),
        pytest.raises(BadSource, match="more than 5 files"),
    ):
        archive(zipped({f"{n}.md": "x" for n in range(6)}))

    assert time.process_time() - started < 5


def test_a_zip_that_lies_about_its_sizes_gives_no_more_than_it_says(brought):
    packed = zipped({"a.md": b"x" * 100_000, **GOOD})
    data = bytearray(packed.getvalue())
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")

    told = brought(io.BytesIO(bytes(data)))

    assert "broken" in told["z/a.md"]
    assert told["z/good.md"] == "new"


@pytest.mark.parametrize(
    "content", [b"", b"no zip", b"PK\x03\x04" + b"\0" * 60, b"PK\x05\x06" + b"\xff" * 18]
)
def test_what_is_no_zip_is_said(content):
    with pytest.raises(BadSource, match="no zip file, or it is broken"):
        archive(io.BytesIO(content))


def test_a_locked_zip_is_said(brought):
    data = bytearray(zipped({"a.md": "Text"}).getvalue())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1

    assert brought(io.BytesIO(bytes(data)))["z/a.md"] == "it is locked with a password"


ALIASES = (
    "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b]"
)


@pytest.mark.parametrize(
    ("front", "reason"),
    [
        (ALIASES, "points to other parts of itself, line 3"),
        ("a: &a {x: 1}\n<<: *a", "points to other parts of itself"),
        ("title: [" * 3000, "lists within lists"),
        ("tags: " + "[" * 30_000, "lists within lists without end, line 2"),
        ("tags:\n" + "- " * 30_000 + "x", "lists within lists without end, line 3"),
        ("x: !!python/object/apply:os.system ['id']", "not YAML, line 2"),
        ("title: " + "9" * 5000, "not YAML"),
        ("title: x\n" * 10_000, "the front matter has more than 65,536 characters"),
        ("title: 'x", "not YAML"),
        ("\ttitle: x", "not YAML, line 2"),
        ("just words", "not a list of names and values"),
    ],
)
def test_broken_front_matter_is_named_with_its_line(brought, front, reason):
    started = time.process_time()
    told = brought(zipped({"a.md": f"---\n{front}\n---\nText", **GOOD}))

    assert reason in told["z/a.md"]
    assert told["z/good.md"] == "new"
    assert time.process_time() - started < 5


def test_front_matter_of_odd_values_is_taken_as_far_as_it_makes_sense(brought):
    front = "title: {a: b}\ntags: [[x], {y: z}, 7, ok]\nsummary: 2024-01-01\nkind: 1.5\nreview_days: -3\nfeatured: perhaps\nslug: ''"

    assert brought(zipped({"some-name.md": f"---\n{front}\n---\nText"})) == {
        "z/some-name.md": "new"
    }
    article = Article.objects.get()
    assert (article.title, article.tags, article.kind) == ("Some name", ["7", "ok"], "how_to")
    assert (article.review_days, article.is_featured) == (None, False)


def test_toml_front_matter_is_read(brought):
    told = brought(
        zipped(
            {
                "a.md": '+++\ntitle = "From Hugo"\ntags = ["x"]\n+++\nText',
                "b.md": "+++\n= x\n+++\nText",
            }
        )
    )

    assert told["z/a.md"] == "new"
    assert "not TOML" in told["z/b.md"]
    assert Article.objects.get().title == "From Hugo"


def test_an_article_of_five_megabytes_is_refused_by_name(brought):
    told = brought(zipped({"a.md": b"word " * 1024 * 1024, **GOOD}))

    assert told == {"z/a.md": "the text has more than 200,000 characters", "z/good.md": "new"}


@pytest.mark.parametrize(
    "sign",
    ["[", "*", "![", "](", "{%", "{{<", "<!--", "<img ", "> [!", "[a](", "`", "<a href='x'>"],
)
def test_a_text_of_one_sign_costs_little(brought, sign):
    text = sign * (190_000 // len(sign))
    started = time.process_time()

    assert brought(zipped({"a.md": "Words\n" + text}))["z/a.md"] == "new"
    assert time.process_time() - started < 5


def test_two_files_of_one_address(brought):
    said = "---\nslug: vpn\n---\nText"
    told = brought(zipped({"a.md": said, "b.md": said, "c.md": "---\nslug: no such!\n---\nText"}))

    assert told["z/a.md"] == "new"
    assert told["z/b.md"] == "the address “vpn” is that of a.md already"
    assert "is no address for an article" in told["z/c.md"]


def test_an_address_that_is_here_is_not_written_over_unasked(brought, make_article):
    article = make_article("VPN", slug="vpn")
    packed = {"a.md": "---\nslug: vpn\n---\nNew text"}

    assert "is here already" in brought(zipped(packed))["z/a.md"]
    assert brought(zipped(packed), overwrite=True)["z/a.md"] == "changed"
    article.refresh_from_db()
    assert (article.revision_number, article.is_published, article.body) == (
        2,
        True,
        "Switch the client to **Automatic**.",
    )


def test_missing_broken_and_strange_pictures_are_named(brought):
    text = "![gone](no.png) ![bad](bad.png) ![svg](x.svg) ![far](https://example.com/a.png) ![data](data:image/png;base64,AA) [exe](x.exe)"
    told = brought(
        zipped(
            {
                "a.md": text,
                "bad.png": b"no picture",
                "x.svg": "<svg onload=alert(1)>",
                "x.exe": b"MZ",
            }
        )
    )

    assert told["z/a.md"] == "new"
    assert "seems broken" in told["z/bad.png"]
    assert "not taken" in told["z/x.svg"]
    assert "not taken" in told["z/x.exe"]
    article = Article.objects.get()
    assert article.body == "*gone* *bad* *svg* [far](<https://example.com/a.png>) data exe"
    assert not ArticleFile.objects.exists()


def test_hostile_words_come_in_as_words(brought, client_of, editor, requester):
    files = {
        f"{n}.md": f"---\ntitle: Hostile {n}\n---\n{payload}"
        for n, payload in enumerate(PAYLOADS)
        if payload.strip()
    }
    told = brought(zipped(files), publish=True)

    assert {one for one in told.values() if one != "new"} <= {"there is no text"}
    reader = client_of(requester)
    for article in Article.objects.published().order_by("pk"):
        page = reader.get(article.get_absolute_url()).content.decode()
        seen = Tags()
        seen.feed(page.split("<main", 1)[1].split("</main", 1)[0])
        assert "script" not in {tag for tag, _attributes in seen.found}
        for tag, attributes in seen.found:
            assert not any(name.startswith("on") for name, _value in attributes), (tag, attributes)
            leads = dict(attributes).get("href") or ""
            assert not re.match(r"\s*(?:javascript|data|vbscript):", leads, re.IGNORECASE), leads


class Tags(HTMLParser):
    """What a browser makes of a page: words within an attribute's value are no attributes."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, attrs))


def test_a_file_too_large_is_refused(brought):
    told = brought(zipped({"big.bin": os.urandom(settings.ATTACHMENT_MAX_BYTES + 1), **GOOD}))

    assert "it is too large" in told["z/big.bin"]


def test_yaml_reader_takes_plain_values():
    assert parse_yaml("a: 'x & y * z'") == {"a": "x & y * z"}


def test_a_path_of_an_article_that_they_do_not_write_tells_nothing_about_it(
    agent, editor, section, other_team
):
    said = f"---\ncategory: {section.slug}\n---\nSecret text"
    list(bring_in(archive(zipped({"a.md": said})), Manner(by=editor, name="z")))
    section.keepers.add(other_team)

    def told(text):
        return [
            (one.what, one.reason, one.article)
            for one in bring_in(archive(zipped({"a.md": text})), Manner(by=agent, name="z"))
        ]

    refused = [("refused", "the address “z/a.md” is taken", None)]
    assert told(said) == refused
    assert told(said.replace("Secret", "Guessed")) == refused
    assert Article.objects.get().revision_number == 1


def test_a_translation_is_tied_to_no_article_that_they_do_not_write(
    agent, make_article, other_team
):
    make_article("VPN", slug="vpn").section.keepers.add(other_team)
    files = {"a.md": "---\ntranslation_of: vpn\nlanguage: de\n---\nText"}

    (told,) = bring_in(archive(zipped(files)), Manner(by=agent, name="z"))

    assert "is not here or has such a translation" in told.notes[0]
    assert Article.objects.get(slug="a").translation_of is None


def test_a_translation_is_tied_to_no_translation_and_to_none_of_its_own_language(
    brought, make_article
):
    vpn = make_article("VPN", slug="vpn")
    Article.objects.filter(pk=make_article("VPN auf Deutsch", slug="vpn-de").pk).update(
        language="de", translation_of=vpn, translated_number=1
    )
    brought(
        zipped(
            {
                "a.md": "---\ntranslation_of: vpn-de\nlanguage: fr\n---\nText",
                "b.md": "---\ntranslation_of: vpn\nlanguage: en\n---\nText",
                "c.md": "---\ntranslation_of: vpn\nlanguage: fr\n---\nText",
            }
        )
    )

    tied = Article.objects.filter(slug__in="abc").order_by("slug")
    assert [one.translation_of for one in tied] == [None, None, vpn]


@pytest.mark.parametrize(
    "front",
    [
        f"service: {'s' * 61}",
        "reviewed: 9999-12-31",
        "date: 0001-01-01T00:00:00+09:00\nupdated: 9999-12-31T23:59:59-09:00",
        "expires: 9999-12-31\nreview_due: 0001-01-01",
        f"former_addresses: [{'f' * 125}a, {'f' * 125}b]",
    ],
)
def test_values_that_we_cannot_keep_are_nothing(brought, front):
    told = brought(zipped({"a.md": f"---\n{front}\n---\nText", **GOOD}), publish=True)

    assert told == {"z/a.md": "new", "z/good.md": "new"}
    article = Article.objects.get(slug="a")
    article.full_clean(exclude=["body"])
    assert article.former_slugs.count() == 0


def test_an_address_as_long_as_it_may_be_gets_its_number_within_that(brought, make_article):
    make_article("A", slug="a")
    Article.objects.update(slug="x" * 118)
    FormerSlug.objects.create(slug="y" * 120, article=Article.objects.get())

    brought(zipped({"a.md": f"---\nslug: {'y' * 120}\n---\nText"}))

    assert Article.objects.filter(slug="y" * 118 + "-2").exists()


CATEGORIES = """
- {slug: one, name: Same, description: "a\\0b"}
- {slug: two, name: same}
- {slug: three, name: "  "}
- {slug: %s, name: Long}
"""


def test_odd_categories_stop_nothing(brought):
    long = "s" * 61
    files = {
        f"{slug[:5]}.md": f"---\ncategory: {slug}\n---\nText"
        for slug in ("one", "two", "three", long)
    }
    told = brought(zipped({"categories.yaml": CATEGORIES % long, **files}))

    assert told.pop("z/sssss.md") == "“Long” is no name for a category"
    assert set(told.values()) == {"new"}
    assert {one.name: one.description for one in Section.objects.all()} == {
        "Same": "ab",
        "Three": "",
    }


# What others do between the plan and the writing -----------------------------------------------------------------


@pytest.fixture
def planned(editor):
    def plan(files, **given):
        return Plan(archive(zipped(files)), Manner(by=editor, name="z", **given))

    return plan


def outcomes(plan):
    return {one.path: one.reason or one.what for one in carry_out(plan)}


def test_an_address_that_was_taken_meanwhile_is_refused_by_itself(planned, make_article):
    plan = planned({"vpn.md": "One", "mail.md": "Two"}, publish=True)
    make_article("Vpn")
    told = outcomes(plan)

    assert told["z/mail.md"] == "new"
    assert "meanwhile somebody made an article of the address “vpn”" in told["z/vpn.md"]
    assert Article.objects.filter(slug="mail").exists()
    assert not Article.objects.filter(source_path="z/vpn.md").exists()


def test_the_same_file_brought_in_twice_at_once_is_one_article(planned):
    files = {"tips/vpn.md": "One", "tricks/mail.md": "Two"}
    plans = planned(files), planned(files)

    assert set(outcomes(plans[0]).values()) == {"new"}
    assert all("bring it in again" in told for told in outcomes(plans[1]).values())
    assert Article.objects.count() == 2
    assert Section.objects.count() == 2


def test_an_article_that_was_deleted_meanwhile_is_said(planned):
    outcomes(planned({"vpn.md": "One", "mail.md": "Two"}))
    plan = planned({"vpn.md": "Other words", "mail.md": "Other words, too"})
    Article.objects.get(slug="vpn").delete()

    told = outcomes(plan)

    assert told == {"z/vpn.md": "the article was deleted meanwhile", "z/mail.md": "changed"}


def test_pictures_over_the_limit_are_refused_at_planning(planned, monkeypatch):
    monkeypatch.setattr(planning, "MOST_FILES", 2)
    names = [f"{n}.txt" for n in range(3)]
    front = f"---\nattachments: [{', '.join(names)}]\n---\nText"
    plan = planned({"a.md": front, **{name: name for name in names}})

    assert [one.path for one in plan.outcomes if one.what == "refused"] == ["z/2.txt"]
    assert "has 2 files already" in outcomes(plan)["z/2.txt"]
    assert Article.objects.get().files.count() == 2
