"""Rules that the source itself must keep: who may ask, what is never compiled, what scripts never do."""

import ast
import re
from pathlib import Path

import pytest

from knowledge import markup

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("accounts", "config", "incidents", "knowledge")
SCOPED = {"Ticket", "Event", "Message", "Attachment", "Article"}
SCOPES = {"visible_to", "seen_as_staff_by", "readable_by", "shared_with", "on_shelf_of"}
SQL_MODULES = {
    "incidents/api/limits.py",  # requests are counted by all processes in one statement
    "incidents/health/examination.py",  # one PRAGMA that reads a setting
    "incidents/tickets/numbers.py",
    "incidents/tickets/actions/steps.py",  # one INSERT that may find the row there
    "incidents/tickets/similar.py",
    "incidents/notify/actions/acknowledge.py",  # one lock while limits are counted
    "incidents/live/wake.py",
    "incidents/live/hub.py",
    "incidents/live/feed.py",
    "accounts/kept.py",
}
COMPILERS = {"eval", "exec", "compile", "__import__", "Template"}
SQL_FOLDERS = ("knowledge/search/", "incidents/tickets/search/")


def sources(*, views_only: bool = False):
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if "/migrations/" in name:
                continue
            if not views_only or path.name == "views.py" or "/views/" in name:
                yield name, ast.parse(path.read_text())


def test_views_start_from_what_the_person_may_see():
    """`Ticket.objects.<anything but a scope>` in a view asks for more than the person may see."""
    found = []
    for name, tree in sources(views_only=True):
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Attribute)
                and node.value.attr == "objects"
                and isinstance(node.value.value, ast.Name)
                and node.value.value.id in SCOPED
                and node.attr not in SCOPES
            ):
                found.append(f"{name}:{node.lineno} {node.value.value.id}.objects.{node.attr}")
    assert found == []


def test_no_query_is_named_by_a_client():
    """`filter(**x)` and `order_by(x)` with anything but literals, outside the modules that own such names."""
    found = []
    for name, tree in sources(views_only=True):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in {"filter", "exclude", "get", "values", "values_list"} and any(
                keyword.arg is None for keyword in node.keywords
            ):
                found.append(f"{name}:{node.lineno} {node.func.attr}(**…)")
            if node.func.attr == "order_by" and not all(
                isinstance(arg, ast.Constant) for arg in node.args
            ):
                found.append(f"{name}:{node.lineno} order_by(…)")
    assert found == []


def test_stored_text_is_never_compiled():
    found = []
    for name, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in COMPILERS:
                found.append(f"{name}:{node.lineno} {node.func.id}")
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {alias.name for alias in node.names} | {getattr(node, "module", "") or ""}
                if names & {"pickle", "marshal", "shelve", "xml.etree", "lxml"}:
                    found.append(f"{name}:{node.lineno} imports {names}")
            if isinstance(node, ast.Attribute) and (node.attr, getattr(node.value, "id", "")) == (
                "load",
                "yaml",
            ):
                found.append(f"{name}:{node.lineno} yaml.load")
    assert found == []


def test_sql_is_written_only_where_it_is_reviewed():
    found = []
    for name, tree in sources():
        if name in SQL_MODULES or name.startswith(SQL_FOLDERS):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {
                "raw",
                "extra",
                "execute",
            }:
                found.append(f"{name}:{node.lineno} .{node.func.attr}()")
            if isinstance(node, ast.Name) and node.id == "RawSQL":
                found.append(f"{name}:{node.lineno} RawSQL")
    assert found == []


MARKING_MODULES = {
    "knowledge/markup.py",  # cleaned HTML
    "accounts/templatetags/once.py",  # what templates drew before, with values that are escaped
}


def test_text_is_marked_safe_only_where_it_is_reviewed():
    found = [
        f"{name}:{node.lineno}"
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id in {"mark_safe", "SafeString"} and name not in MARKING_MODULES
        and isinstance(getattr(node, "ctx", None), ast.Load) and node.id == "mark_safe"
    ]  # fmt: skip
    assert found == []


TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SWITCHES = {"admin-theme.js", "board.js", "left.js", "place.js"}
"""They remember a switch of this browser: the theme that unfold reads, which rows of a board are closed; and for this
tab alone, until its next page, the address that the last one said its presence to, and until signing out the number of
the ticket that was opened last from each list. Nothing private."""
SCRIPTS = sorted((ROOT / "static").rglob("*.js"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_inline_code_and_unescape_nothing(path):
    text = path.read_text()
    assert not re.search(r"\|\s*safe\b|autoescape off", text)
    if path.name == "letter.html":  # mail programs know no style sheets
        assert not re.search(r"<script|\son[a-z]+\s*=", text)
    elif "/admin/" not in str(path):
        assert not re.search(r"""\s(style|on[a-z]+|hx-on[^=]*)\s*=\s*["']""", text)
        assert not re.search(r"<script(?![^>]*(src=|type=\"application/json\"))", text)
        assert not re.search(r"hx-trigger=\"[^\"]*\[", text)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_put_text_into_pages_as_text(path):
    text = path.read_text()
    assert not re.search(
        r"\.innerHTML|\.outerHTML\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function",
        text,
    )
    if path.name in SWITCHES:
        return
    assert not re.search(r"localStorage|sessionStorage|indexedDB", text), (
        "nothing private in the browser's storage"
    )


def test_the_cleaner_lets_no_active_element_or_attribute_through():
    active = {
        "svg", "math", "style", "title", "textarea", "xmp", "iframe", "noscript", "form", "input", "base", "meta", "link",
        "template", "script", "object", "embed",
    }  # fmt: skip
    attributes = set().union(*markup.ATTRIBUTES.values())
    assert not markup.TAGS & active
    assert not attributes & {"style", "class", "id", "name"}
    assert not any(name.startswith(("on", "hx-", "data-", "sse-")) for name in attributes)
