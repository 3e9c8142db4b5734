"""Languages: every text is in the catalogue and translated, and everybody reads their own language.

The person's own choice comes before the browser's; letters are written in their reader's language.
"""

import ast
import os
import re
import shutil
from collections import Counter
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from babel.messages.pofile import read_po
from django.core import mail
from django.core.management import call_command
from django.db import OperationalError
from django.template import Context, Template
from django.test import Client
from django.urls import Resolver404, path, resolve
from django.utils import timezone, translation

from accounts import actions as people
from accounts import formats
from accounts.jobs import send_reset_letter
from accounts.permissions import SEEDED_ROLES
from config import urls as real
from config.catalogues import CATALOGUES, compile_all
from incidents.notify import jobs
from incidents.tickets import actions

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("accounts", "config", "incidents", "knowledge")
LETTERS = re.compile(r"[^\W\d_]")
WORD = re.compile(r"[^\W\d_]{2}")
BRANDS = {"Firebreak", "INC-", "Deutsch", "English", "MB", "CSV"}
"""What is called the same in every language."""


def catalogue(place=CATALOGUES):
    with (place / "de" / "LC_MESSAGES" / "django.po").open("rb") as written:
        return read_po(written, locale="de")


def texts(message):
    """A message's texts and their translations, singular and plural."""
    given = message.id if isinstance(message.id, tuple | list) else (message.id,)
    said = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return tuple(given), tuple(said)


MESSAGES = [message for message in catalogue() if message.id]


# The catalogue ------------------------------------------------------------------------------------


def test_every_text_of_the_source_is_in_the_catalogue_and_nothing_else(tmp_path, settings):
    if not shutil.which("xgettext"):
        assert os.environ.get("REQUIRE_ALL") != "1", "gettext is missing"
        pytest.skip("GNU gettext is not installed")
    settings.LOCALE_PATHS = [tmp_path]
    options = {"locale": ["de"], "verbosity": 0, "ignore_patterns": ["config/locale/*"]}
    call_command("makemessages", **options)

    found = {(one.context, texts(one)[0]) for one in catalogue(tmp_path) if one.id}
    kept = {(one.context, texts(one)[0]) for one in MESSAGES}

    assert sorted(found - kept, key=str) == [], "run `make messages` and translate"
    assert sorted(kept - found, key=str) == [], "run `make messages`"


def test_every_text_is_translated_and_none_is_guessed():
    untold = [texts(one)[0] for one in MESSAGES if one.fuzzy or not all(texts(one)[1])]

    assert untold == []


def parts_of(text):
    """Placeholders and tags: what a translation must not lose."""
    pattern = r"%%?\(\w+\)[a-z]|%%\w+|%[a-z]\b|\{\w*\}|</?\w+[^>]*>|https?://\S+"
    return Counter(re.findall(pattern, text))


def test_translations_keep_their_placeholders_and_tags():
    broken = []
    for message in MESSAGES:
        given, said = texts(message)
        for number, text in enumerate(said):
            original = parts_of(given[min(number, len(given) - 1)])
            alike = [original, parts_of(given[-1])] if number == 0 else [original]
            if parts_of(text) not in alike:
                broken.append((given, text))
    assert broken == []


def test_translations_end_as_their_texts_do():
    """A sentence stays one, a label stays one, and no space is lost where texts meet."""
    broken = []
    for message in MESSAGES:
        given, said = texts(message)
        ends = [
            (re.search(r"[.:…?]?$", text)[0], text[:1].isspace(), text[-1:].isspace())
            for text in (given[0], said[0])
        ]
        if ends[0] != ends[1]:
            broken.append((given[0], said[0]))
    assert broken == []


def test_german_uses_its_own_quotation_marks_and_addresses_people_formally():
    wrong = [
        said
        for _given, all_said in map(texts, MESSAGES)
        for said in all_said
        if re.search(r"“[^\s.,;:!?)<]|[^\s(=]„|\b(du|dein|deine|deinen|dir|dich)\b", said)
        or said.count("„") != said.count("“")
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("n", "english", "german"),
    [
        (0, "0 minutes ago", "vor 0 Minuten"),
        (1, "1 minute ago", "vor 1 Minute"),
        (2, "2 minutes ago", "vor 2 Minuten"),
        (21, "21 minutes ago", "vor 21 Minuten"),
    ],
)
def test_plurals_are_formed_as_each_language_does(n, english, german):
    for language, words in (("en", english), ("de", german)):
        with translation.override(language):
            made = translation.ngettext("%(n)d minute ago", "%(n)d minutes ago", n) % {"n": n}
            assert made == words


def test_a_catalogue_is_compiled_when_it_is_newer_and_left_alone_otherwise(tmp_path):
    source = tmp_path / "de" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    shutil.copy(CATALOGUES / "de" / "LC_MESSAGES" / "django.po", source)

    compile_all(tmp_path)
    compiled = source.with_suffix(".mo")
    first = compiled.stat().st_mtime_ns
    compile_all(tmp_path)
    assert compiled.stat().st_mtime_ns == first

    os.utime(source, ns=(first + 10**9, first + 10**9))
    compile_all(tmp_path)
    assert compiled.stat().st_mtime_ns != first
    assert [one.name for one in source.parent.iterdir() if one.suffix not in {".po", ".mo"}] == []


# The source -----------------------------------------------------------------------------------------

SHOWN = ("aria-label", "title", "placeholder", "alt", "label", "aria-description", "aria-valuetext")
TRANSLATED = re.compile(
    r"\{%\s*(blocktranslate|comment|verbatim)\b.*?\{%\s*end\1\s*%\}|\{#.*?#\}", re.DOTALL
)
MARKS = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
TITLE = re.compile(r"\{% block (title|head_title) %\}(.*?)\{% endblock %\}", re.DOTALL)
SETTING = re.compile(r"\{% block (?:body_attrs|main_class)[^%]*%\}.*?\{% endblock %\}", re.DOTALL)


class Bare(HTMLParser):
    """Texts and shown attributes; what stands in code is not shown as words."""

    def __init__(self):
        super().__init__()
        self.silent, self.found = 0, []

    def handle_starttag(self, tag, attrs):
        self.silent += tag in {"script", "style", "code"}
        self.found += [f"{name}: {value}" for name, value in attrs if name in SHOWN and value]

    def handle_endtag(self, tag):
        self.silent -= tag in {"script", "style", "code"}

    def handle_data(self, text):
        if not self.silent:
            self.found.append(text)


def bare_texts(template):
    reader = Bare()
    reader.feed(MARKS.sub("\n", SETTING.sub("", TRANSLATED.sub("", template))))
    for text in reader.found:
        name, _colon, value = text.partition(": ") if text.startswith(SHOWN) else ("", "", text)
        for brand in BRANDS:
            value = value.replace(brand, "")
        if WORD.search(value):
            yield f"{name} {' '.join(value.split())}".strip()


TEMPLATES = [
    *sorted((ROOT / "templates").rglob("*.html")),
    *sorted((ROOT / "templates").rglob("*.txt")),
]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: str(one.relative_to(ROOT)))
def test_templates_say_nothing_outside_of_translation_tags(template):
    assert list(bare_texts(template.read_text())) == []


def test_the_check_of_templates_finds_bare_words():
    assert list(bare_texts('<p class="x">Hello</p>{% block title %}A page{% endblock %}')) == ["Hello", "A page"]  # fmt: skip
    assert list(bare_texts('<a title="Open {{ it }}" href="/x">{% translate "Open" %}</a>')) == ["title Open"]  # fmt: skip


NAMES = {
    "label", "help_text", "verbose_name", "verbose_name_plural", "empty_label", "description", "search_help_text",
    "violation_error_message", "short_description", "placeholder", "words",
}  # fmt: skip
SAYING = {
    "success", "warning", "Refused", "NotAllowed", "InvalidInput", "IllegalTransition", "EditConflict", "KeyReused",
    "ValidationError", "require",
}  # fmt: skip
NOT_SHOWN = (
    "/migrations/", "/management/", "/demo/", "bootstrap.py", "tickets/rebuild.py",
    "api/routes/", "api/schemas.py",  # the description of the API is English, and its page says so
)  # fmt: skip
KEPT = {seeded.description for seeded in SEEDED_ROLES} | {"INC-"}


def says(node):
    """A literal with words in it, that no gettext wraps."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and WORD.search(node.value) and node.value not in KEPT
    if isinstance(node, ast.JoinedStr):
        return any(says(part) for part in node.values)
    return isinstance(node, ast.BinOp) and says(node.left)


def named(call):
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def untranslated(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from (word.value for word in node.keywords if word.arg in NAMES)
            for word in node.keywords:
                if word.arg == "error_messages" and isinstance(word.value, ast.Dict):
                    yield from word.value.values
            is_log = ast.unparse(node.func).startswith("log.")
            if named(node) in SAYING and not is_log:
                yield from node.args
            if ast.unparse(node.func).startswith("models.") and named(node).endswith("Field"):
                yield from node.args[:1]
        elif isinstance(node, ast.ClassDef) and "Choices" in ast.unparse(node.bases or []):
            for line in node.body:
                if isinstance(line, ast.Assign) and isinstance(line.value, ast.Tuple):
                    yield line.value.elts[-1]
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in NAMES - {"label"}:  # fmt: skip
            yield node.value


def test_forms_models_and_refusals_say_nothing_without_gettext():
    found = []
    for package in PACKAGES:
        for source in sorted((ROOT / package).rglob("*.py")):
            name = str(source.relative_to(ROOT))
            if not any(part in name for part in NOT_SHOWN):
                tree = ast.parse(source.read_text())
                found += [f"{name}:{one.lineno} {ast.unparse(one)}" for one in untranslated(tree) if says(one)]  # fmt: skip

    assert [one for one in found if not one.endswith(("'label'", "'INC-'"))] == []


def test_no_text_is_translated_while_modules_load():
    """`gettext` at module or class level speaks the language of the moment in which the module was loaded."""
    found = []
    for package in PACKAGES:
        for source in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(source.read_text())
            eager = {
                alias.asname or alias.name
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
                for alias in node.names
                if alias.name in {"gettext", "ngettext", "pgettext", "npgettext"}
            }
            found += [f"{source.relative_to(ROOT)}:{line}" for line in loaded_calls(tree, eager)]
    assert found == []


def loaded_calls(node, names):
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            outside = [*getattr(child, "decorator_list", []), *child.args.defaults]
            for part in outside:
                yield from loaded_calls(ast.Expr(part), names)
            continue
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Name) and child.func.id in names:  # fmt: skip
            yield child.lineno
        yield from loaded_calls(child, names)


SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda one: one.name)
def test_scripts_hold_no_words_of_their_own(script):
    """Their words come from the page; `undefined` as a language would be the browser's, not the person's."""
    code = re.sub(r"^\s*//.*$|\s// .*$|/\*.*?\*/", "", script.read_text(), flags=re.M | re.S)
    literal = r"""(["'`])(?:(?!\1).)*?[A-Z][a-z]+ [a-z]+(?:(?!\1).)*?\1"""
    told = r"""(?:textContent|innerText|title|ariaLabel|placeholder)\s*=\s*["'`][^"'`]*[a-z]{2}"""
    asked = r"""\b(?:alert|confirm|prompt)\(|setAttribute\("(?:aria-label|title|placeholder)",\s*["'`]"""
    locale = r"""(?:NumberFormat|DateTimeFormat|PluralRules|toLocale\w+)\((?:undefined|\))"""

    for pattern in (literal, told, asked, locale):
        assert [match[0] for match in re.finditer(pattern, code)] == []


# Whose language -------------------------------------------------------------------------------------

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
ENGLISH = {"Accept-Language": "en-GB,en"}
FRENCH = {"Accept-Language": "fr-FR"}


@pytest.fixture
def speaks():
    """Give somebody a language of their own."""

    def give(person, language):
        person.language = language
        person.save(update_fields=["language"])
        return person

    return give


def language_of(answer):
    return re.search(r'<html lang="([^"]*)"', answer.text)[1]


@pytest.mark.parametrize(
    ("own", "browser", "shown"),
    [
        ("de", ENGLISH, "de"),
        ("en", GERMAN, "en"),
        ("", GERMAN, "de"),
        ("", ENGLISH, "en"),
        ("", FRENCH, "en"),
        ("de", {}, "de"),
        ("", {}, "en"),
    ],
)
def test_the_persons_language_wins_over_the_browsers(
    client_of, requester, speaks, own, browser, shown
):
    answer = client_of(speaks(requester, own)).get("/", headers=browser)

    assert language_of(answer) == answer["Content-Language"] == shown
    assert ("Problem melden" in answer.text) == (shown == "de")


@pytest.mark.parametrize("address", ["/accounts/login/", "/kb/", "/no/such/page/"])
def test_without_signing_in_the_browser_says_the_language(db, client, address):
    pages = [client.get(address, headers=asked, follow=True) for asked in (GERMAN, ENGLISH)]

    assert [language_of(page) for page in pages] == ["de", "en"]
    assert all("Accept-Language" in page["Vary"] for page in pages)


def test_nothing_of_one_persons_language_is_left_for_the_next(client_of, requester, speaks, client):
    assert language_of(client_of(speaks(requester, "de")).get("/")) == "de"

    assert language_of(client.get("/accounts/login/")) == "en"
    assert translation.get_language() == "en"


def test_signing_in_brings_ones_own_language(client, requester, speaks):
    speaks(requester, "de")
    words = {"login": requester.email, "password": "a long enough password"}

    answer = client.post("/accounts/login/", words, headers=ENGLISH, follow=True)

    assert language_of(answer) == "de"


def boom(request):
    raise RuntimeError("the pelican flew")


def away(request):
    raise OperationalError("could not connect")


urlpatterns = [path("boom/", boom), path("away/", away), *real.urlpatterns]
handler403, handler404, handler500 = real.handler403, real.handler404, real.handler500


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/boom/", 500, "Bei uns ist etwas schiefgegangen"),
        ("/away/", 503, "Wir sind gleich wieder da"),
        ("/nowhere/", 404, "Wir finden diese Seite nicht"),
    ],
)
def test_pages_about_errors_speak_the_persons_language(
    client_of, requester, speaks, settings, address, status, words
):
    settings.ROOT_URLCONF = __name__
    client = client_of(speaks(requester, "de"))
    client.raise_request_exception = False

    answer = client.get(address, headers=ENGLISH)

    assert (answer.status_code, language_of(answer)) == (status, "de")
    assert words in answer.text


def test_a_form_that_came_twice_from_another_site_is_refused_in_the_browsers_language(db):
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {}, headers=GERMAN)

    assert language_of(answer) == "de"
    assert "Bitte senden Sie das noch einmal" in answer.text


def test_administration_speaks_german_too(client_of, admin, speaks):
    answer = client_of(speaks(admin, "de")).get("/admin/accounts/user/")

    assert language_of(answer) == "de"
    assert "Nach Name oder E-Mail suchen" in answer.text
    assert "Zugeteilte Rollen" in answer.text


def test_refusals_speak_the_language_of_who_asked(client_of, requester, speaks):
    answer = client_of(speaks(requester, "de")).get("/desk/", headers={"HX-Request": "true"})

    assert "Der Service-Desk ist für Menschen, die Tickets bearbeiten." in answer.text


# Letters --------------------------------------------------------------------------------------------


def test_a_letter_is_written_in_its_readers_language(
    ticket, requester, agent, speaks, django_capture_on_commit_callbacks
):
    speaks(requester, "de")
    jobs.send_due()
    mail.outbox.clear()
    with translation.override("en"), django_capture_on_commit_callbacks(execute=True):
        actions.reply(ticket, "Please restart it.", by=agent)

    jobs.send_due()

    sent = next(one for one in mail.outbox if requester.email in one.to[0])
    assert f"{agent.display_name} hat geantwortet" in sent.body
    assert '<html lang="de"' in sent.alternatives[0].content
    assert "Please restart it." in sent.body


def test_letters_about_signing_in_are_written_in_their_readers_language(requester, admin, speaks):
    speaks(requester, "de")

    send_reset_letter(requester.pk)
    people.send_sign_in_link(requester, by=admin)
    jobs.send_due()

    assert mail.outbox[0].subject == "Neues Passwort wählen"
    assert mail.outbox[1].subject.startswith("Ihre Anmeldung bei")
    assert "Der Link gilt" in mail.outbox[1].body


def test_who_chose_no_language_gets_letters_in_the_houses(requester, settings):
    settings.LANGUAGE_CODE = "de"

    assert requester.letter_language == "de"


# Dates and numbers ----------------------------------------------------------------------------------

MOMENT = datetime(2026, 3, 5, 13, 6, tzinfo=UTC)
LAST_YEAR = datetime(2025, 3, 5, 13, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "short", "older", "day", "older_day", "clock"),
    [
        ("en", "5 Mar", "5 Mar 2025", "Thursday, 5 March", "Wednesday, 5 March 2025", "13:06"),
        ("de", "5. März", "5. März 2025", "Donnerstag, 5. März", "Mittwoch, 5. März 2025", "13:06"),
    ],
)
def test_dates_are_written_as_the_language_does(language, short, older, day, older_day, clock):
    with translation.override(language):
        assert formats.short_day(MOMENT, MOMENT) == short
        assert formats.short_day(LAST_YEAR, MOMENT) == older
        assert formats.weekday(MOMENT, MOMENT) == day
        assert formats.weekday(LAST_YEAR, MOMENT) == older_day
        assert formats.clock(MOMENT) == clock


@pytest.mark.parametrize(
    ("language", "date", "moment", "size"),
    [
        ("en", "5 March 2026", "5 March 2026, 13:06", "1.5\xa0MB"),
        ("de", "5. März 2026", "5. März 2026 13:06", "1,5\xa0MB"),
    ],
)
def test_templates_use_the_languages_formats(language, date, moment, size):
    template = Template("{{ at|date }}|{{ at|date:'DATETIME_FORMAT' }}|{{ bytes|filesizeformat }}")
    with translation.override(language), timezone.override("UTC"):
        shown = template.render(Context({"at": MOMENT, "bytes": 1536 * 1024}))

    assert shown == f"{date}|{moment}|{size}"


@pytest.mark.parametrize(
    ("language", "whole", "most"), [("en", "1,234", "1,000+"), ("de", "1.234", "1.000+")]
)
def test_numbers_are_grouped_as_the_language_does(language, whole, most):
    with translation.override(language):
        assert formats.grouped(1234) == whole
        assert formats.capped(1234, 1000) == most
        assert formats.capped(7, 1000) == "7"


def test_templates_write_no_dates_by_a_pattern_of_one_language():
    pattern = re.compile(r"""\|(?:date|time):\s*["'](?![A-Z_]+_FORMAT["']|c["']|Y-m-d|U["'])[^"']*["']""")  # fmt: skip
    found = [
        f"{one.relative_to(ROOT)} {match[0]}"
        for one in TEMPLATES
        for match in pattern.finditer(one.read_text())
    ]

    assert found == []


def test_fields_for_days_keep_the_form_that_browsers_need():
    """`<input type="date">` shows nothing but 2026-03-05, whatever the language."""
    found = []
    for package in PACKAGES:
        for source in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(source.read_text())):
                if isinstance(node, ast.Call) and named(node) in {"DateInput", "DateTimeInput", "TimeInput"}:  # fmt: skip
                    words = {word.arg for word in node.keywords}
                    if "attrs" in words and "type" in ast.unparse(node) and "format" not in words:
                        found.append(f"{source.relative_to(ROOT)}:{node.lineno}")
    assert found == []


# Pages in German ------------------------------------------------------------------------------------

MOST_OF_A_KIND = 2
ADDRESS = re.compile(r'(?:href|action|hx-get)="([^"#]+)')


class Seen(HTMLParser):
    """What people see or hear of a page; what somebody wrote stands in prose, code or text areas, what is in English on
    purpose in a `span` that says so."""

    QUIET = frozenset({"script", "style", "textarea", "code", "kbd"})

    def __init__(self):
        super().__init__()
        self.quiet, self.texts, self.spans = 0, [], []

    def handle_starttag(self, tag, attrs):
        self.quiet += tag in self.QUIET
        given = dict(attrs)
        if tag == "span":
            self.spans.append(given.get("lang") == "en")
            self.quiet += self.spans[-1]
        self.texts += [value for name, value in attrs if name in SHOWN and value]
        if tag == "input" and given.get("type") in {"submit", "button"}:
            self.texts.append(given.get("value") or "")

    def handle_endtag(self, tag):
        self.quiet -= tag in self.QUIET
        if tag == "span" and self.spans:
            self.quiet -= self.spans.pop()

    def handle_data(self, text):
        if not self.quiet:
            self.texts.append(text)


def flat(text):
    return " ".join(text.split())


def english_ones():
    """Texts that differ in German: whole ones, and patterns of those with placeholders."""
    whole, patterns = set(), {}
    german = {flat(text) for message in MESSAGES for text in texts(message)[1]}
    for message in MESSAGES:
        for text in map(flat, texts(message)[0]):
            if text in german or not WORD.search(text):
                continue
            pieces = re.split(r"%\(\w+\)[a-z]|%[a-z]\b|\{\w*\}", text.replace("%%", "%"))
            if len(pieces) == 1:
                whole.add(text)
            elif len("".join(pieces)) > 12:
                patterns[text] = re.compile(".+".join(map(re.escape, pieces)))
    return whole, patterns


def pages(browser, seeds):
    """Pages that can be reached from these, a few of each kind."""
    waiting, seen, kinds = list(seeds), set(), Counter()
    while waiting:
        address = waiting.pop(0)
        parts = urlsplit(address)
        if address in seen or parts.netloc or not address.startswith("/"):
            continue
        seen.add(address)
        try:
            kind = resolve(parts.path).view_name, bool(parts.query)
        except Resolver404:
            kind = "nowhere"
        kinds[kind] += 1
        if kinds[kind] > MOST_OF_A_KIND or "logout" in address:
            continue
        answer = browser.get(address, headers=ENGLISH)
        if location := answer.get("Location"):
            waiting.append(location)
        if answer.get("Content-Type", "").startswith("text/html"):
            yield address, answer
            found = [unescape(one) for one in ADDRESS.findall(answer.text)]
            waiting += [parts.path + one if one.startswith("?") else one for one in found]


@pytest.fixture
def german_company(
    team, category, department, service, section, ticket, agent, editor, make_article
):
    """A small company whose own words are German, so that any English on a page is ours."""
    for thing, name in (
        (team, "Netz"), (category, "Fernzugang"), (department, "Finanzen"), (service, "VPN-Zugang"), (section, "WLAN"),
    ):  # fmt: skip
        thing.name = name
        thing.save()
    actions.retitle(ticket, "VPN bricht ab", by=agent)
    actions.take(ticket, by=agent)
    actions.note(ticket, "Zertifikat geprüft", by=agent)
    actions.reply(ticket, "Bitte neu starten", by=agent)
    make_article("VPN bricht ab", "Stellen Sie um.", audience="public")
    make_article("Nur für uns", "Stellen Sie um.", audience="staff")


STARTS = {
    "requester": ["/", "/accounts/", "/kb/", "/tickets/new/", "/tickets/"],
    "agent": ["/desk/", "/desk/search/?q=VPN", "/desk/search/?q=Zebra", "/desk/tickets/new/"],
    "editor": ["/desk/kb/", "/kb/search/?q=VPN"],
    "admin": ["/admin/", "/desk/", "/no/such/page/"],
}


@pytest.mark.parametrize("role", STARTS)
def test_no_english_is_left_on_german_pages(german_company, client_of, speaks, request, role):
    whole, patterns = english_ones()
    person = speaks(request.getfixturevalue(role), "de")
    names = {seeded.name for seeded in SEEDED_ROLES}
    left, visited = {}, 0
    for address, answer in pages(client_of(person), STARTS[role]):
        visited += 1
        reader = Seen()
        reader.feed(re.sub(r'<span class="material-symbols-outlined[^<]*</span>', "", answer.text))
        for text in set(map(flat, reader.texts)) - names:
            if text in whole or any(one.fullmatch(text) for one in patterns.values()):
                left.setdefault(text, address)

    assert left == {}
    assert visited >= len(STARTS[role])
