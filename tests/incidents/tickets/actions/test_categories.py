"""The category tree: add, change, move, order, merge, retire, restore."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.errors import InvalidInput, NotAllowed, Refused
from accounts.models import AdminChange, Grant, Role
from incidents.tickets import actions as tickets
from incidents.tickets.actions import categories as tree_of
from incidents.tickets.actions.categories import NotInTree
from incidents.tickets.categories import Tree
from incidents.tickets.models import Category, Ticket
from tests.conftest import make_person


@pytest.fixture
def keeper(db):
    """Manages categories, nothing else."""
    role = Role.objects.create(name="Keeper", slug="keeper", permissions=["categories.manage"])
    person = make_person("Tam Linnet")
    Grant.objects.create(user=person, role=role)
    return person


@pytest.fixture
def plant(keeper):
    def add(name, parent=None, **more):
        return tree_of.add_category(name, parent=parent, by=keeper, **more)

    return add


def fresh(category: Category) -> Category:
    return Category.objects.get(pk=category.pk)


def names_under(parent: Category | None) -> list[str]:
    return [category.name for category in Category.objects.filter(parent=parent)]


def test_a_new_category_is_the_last_under_its_parent(plant):
    files = plant("Files")
    plant("Shared drives", files)
    plant("Lost files", files)

    assert names_under(files) == ["Shared drives", "Lost files"]
    assert AdminChange.objects.filter(kind="tickets.category", action="added").count() == 3


def test_its_default_team_gets_the_very_next_ticket(plant, keeper, requester, team, other_team):
    files = plant("Files", default_team=team)
    first = tickets.file("Gone", by=requester, description="x", category=files)

    tree_of.change_category(files, name="Files", default_team=other_team, by=keeper)
    second = tickets.file("Gone again", by=requester, description="x", category=fresh(files))

    assert (first.team, second.team) == (team, other_team)


@pytest.mark.parametrize("name", ["", "  ", "\x00"])
def test_a_category_needs_a_name(plant, name):
    with pytest.raises(InvalidInput):
        plant(name)


@pytest.mark.parametrize("name", ["Drives", "  drives ", "DRIVES"])
def test_two_of_one_name_dont_stand_at_one_place(plant, keeper, name):
    files = plant("Files")
    plant("Drives", files)
    other = plant("Drives")

    with pytest.raises(NotInTree, match="already"):
        plant(name, files)
    with pytest.raises(NotInTree, match="already"):
        tree_of.move_category(other, under=files, by=keeper)
    lost = plant("Lost", files)
    with pytest.raises(NotInTree, match="already"):
        tree_of.change_category(lost, name=name, by=keeper)


def test_a_retired_name_may_be_used_again_and_then_blocks_restoring(plant, keeper):
    old = plant("Drives")
    tree_of.retire_category(old, by=keeper)
    plant("Drives")

    with pytest.raises(NotInTree, match="already"):
        tree_of.restore_category(old, by=keeper)


def test_renaming_notes_before_and_after_and_keeps_the_address(plant, keeper):
    files = plant("Files")

    tree_of.change_category(files, name="Files and folders", by=keeper)

    line = AdminChange.objects.filter(action="changed").get()
    assert (line.before, line.after) == ({"name": "Files"}, {"name": "Files and folders"})
    assert fresh(files).slug == "files"


def test_moving_takes_everything_below_along(plant, keeper, team):
    files, network = plant("Files"), plant("Network", default_team=team)
    drives = plant("Drives", files)
    mapped = plant("Mapped", drives)

    tree_of.move_category(drives, under=network, by=keeper)

    tree = Tree.load()
    assert tree.label(fresh(mapped)) == "Network › Drives › Mapped"
    assert tree.team_of(fresh(mapped)) == team
    assert AdminChange.objects.filter(action="changed").get().after["parent"]["name"] == "Network"


def test_a_category_can_move_to_the_top(plant, keeper):
    drives = plant("Drives", plant("Files"))

    tree_of.move_category(drives, under=None, by=keeper)

    assert names_under(None) == ["Files", "Drives"]


def test_nothing_stands_below_itself(plant, keeper):
    files = plant("Files")
    drives = plant("Drives", files)
    mapped = plant("Mapped", drives)

    for under in (files, drives, mapped):
        with pytest.raises(NotInTree, match="below itself"):
            tree_of.move_category(files, under=under, by=keeper)


def test_order_is_changed_one_place_at_a_time(plant, keeper):
    first, _second, third = plant("A"), plant("B"), plant("C")

    tree_of.shift_category(third, to="up", by=keeper)
    assert names_under(None) == ["A", "C", "B"]
    tree_of.shift_category(first, to="down", by=keeper)
    assert names_under(None) == ["C", "A", "B"]
    tree_of.shift_category(third, to="up", by=keeper)
    assert names_under(None) == ["C", "A", "B"]


def test_order_works_where_all_had_one_position(plant, keeper):
    for name in "ABC":
        plant(name)
    Category.objects.update(position=0)

    tree_of.shift_category(Category.objects.get(name="C"), to="up", by=keeper)

    assert names_under(None) == ["A", "C", "B"]


def test_merging_moves_children_and_finds_the_old_tickets(plant, keeper, requester):
    old, new = plant("Shares"), plant("Drives")
    child = plant("Mapped", old)
    ticket = tickets.file("Gone", by=requester, description="x", category=old)

    tree_of.merge_category(old, into=new, by=keeper)

    ticket.refresh_from_db()
    assert ticket.category == old
    assert fresh(old).merged_into == new
    assert fresh(old).is_retired
    assert fresh(child).parent == new
    assert ticket.category_id in Tree.load().subtree(new)
    with pytest.raises(InvalidInput, match="no new tickets"):
        tickets.file("More", by=requester, description="x", category=fresh(old))


def test_a_chain_of_merges_points_straight_at_the_last(plant, keeper):
    first, second, third = plant("A"), plant("B"), plant("C")

    tree_of.merge_category(first, into=second, by=keeper)
    tree_of.merge_category(second, into=third, by=keeper)

    assert fresh(first).merged_into == fresh(second).merged_into == third
    assert {first.pk, second.pk, third.pk} == Tree.load().subtree(third)


def test_a_child_can_be_merged_into_its_parent_but_not_the_other_way(plant, keeper):
    files = plant("Files")
    drives = plant("Drives", files)

    with pytest.raises(NotInTree, match="below it"):
        tree_of.merge_category(files, into=drives, by=keeper)
    with pytest.raises(NotInTree, match="itself"):
        tree_of.merge_category(files, into=files, by=keeper)
    tree_of.merge_category(drives, into=files, by=keeper)
    assert fresh(drives).merged_into == files


def test_what_was_merged_takes_no_part_any_more(plant, keeper):
    old, new, other = plant("Shares"), plant("Drives"), plant("Other")
    tree_of.merge_category(old, into=new, by=keeper)

    for attempt in (
        lambda: tree_of.merge_category(old, into=other, by=keeper),
        lambda: tree_of.merge_category(other, into=old, by=keeper),
        lambda: tree_of.move_category(old, under=other, by=keeper),
        lambda: tree_of.move_category(other, under=old, by=keeper),
        lambda: tree_of.restore_category(old, by=keeper),
        lambda: plant("Child", old),
    ):
        with pytest.raises(NotInTree):
            attempt()


def test_two_children_of_one_name_stop_a_merge_before_anything_moved(plant, keeper):
    old, new = plant("Shares"), plant("Drives")
    plant("Lost", new)
    first, namesake = plant("First", old), plant("Lost", old)

    with pytest.raises(NotInTree, match="already"):
        tree_of.merge_category(old, into=new, by=keeper)
    assert fresh(first).parent == fresh(namesake).parent == old
    assert not fresh(old).is_retired


def test_retiring_hides_what_is_below_and_restoring_brings_it_back(plant, keeper):
    files = plant("Files")
    drives = plant("Drives", files)

    tree_of.retire_category(files, by=keeper)
    assert Tree.load().offered() == []
    with pytest.raises(NotInTree, match="retired"):
        plant("More", drives)

    tree_of.restore_category(files, by=keeper)
    assert Tree.load().offered() == [("Files", [(files.pk, "Files"), (drives.pk, "Drives")])]


def test_one_below_a_retired_one_is_not_restored_alone(plant, keeper):
    files = plant("Files")
    drives = plant("Drives", files)
    tree_of.retire_category(drives, by=keeper)
    tree_of.retire_category(files, by=keeper)

    with pytest.raises(NotInTree, match="“Files” is retired"):
        tree_of.restore_category(drives, by=keeper)


@pytest.mark.parametrize("who", ["auditor", "manager", "agent", "requester"])
def test_only_who_manages_categories_shapes_the_tree(who, request, plant):
    person, files, other = request.getfixturevalue(who), plant("Files"), plant("Other")
    before = AdminChange.objects.count()

    for attempt in (
        lambda: tree_of.add_category("Mine", by=person),
        lambda: tree_of.change_category(files, name="Mine", by=person),
        lambda: tree_of.move_category(files, under=other, by=person),
        lambda: tree_of.shift_category(files, to="down", by=person),
        lambda: tree_of.merge_category(files, into=other, by=person),
        lambda: tree_of.retire_category(files, by=person),
        lambda: tree_of.restore_category(files, by=person),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert AdminChange.objects.count() == before


STEP = st.tuples(
    st.sampled_from(["move", "merge", "retire", "restore", "shift", "rename"]),
    st.integers(0, 6),
    st.integers(-1, 6),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEP, max_size=12))
def test_no_step_ever_loses_a_ticket_from_the_subtree_of_its_place(steps, keeper, requester):
    """After any steps: each ticket is found below its category, below what that was merged into, and all above."""
    from django.db import transaction

    with transaction.atomic():
        _grow_and_shake(steps, keeper, requester)
        transaction.set_rollback(True)


def _grow_and_shake(steps, keeper, requester):
    parents = [None, 0, 0, None, 3, None, 4]
    grown: list[Category] = []
    for number, parent in enumerate(parents):
        above = None if parent is None else grown[parent]
        grown.append(tree_of.add_category(f"C{number}", parent=above, by=keeper))
        tickets.file(f"T{number}", by=requester, description="x", category=grown[-1])
    for kind, one, other in steps:
        take_step(kind, grown[one], None if other < 0 else grown[other], keeper)
        check(Tree.load())


def take_step(kind, category, other, keeper):
    try:
        if kind == "move":
            tree_of.move_category(category, under=other, by=keeper)
        elif kind == "merge" and other:
            tree_of.merge_category(category, into=other, by=keeper)
        elif kind == "retire":
            tree_of.retire_category(category, by=keeper)
        elif kind == "restore":
            tree_of.restore_category(category, by=keeper)
        elif kind == "shift":
            tree_of.shift_category(category, to="up" if other else "down", by=keeper)
        elif kind == "rename":
            tree_of.change_category(category, name=f"{category.name} again", by=keeper)
    except Refused:
        pass


def check(tree: Tree) -> None:
    subtrees = {pk: tree.subtree(category) for pk, category in tree.by_pk.items()}
    for held in Ticket.objects.values_list("category", flat=True):
        category = tree.by_pk[held]
        place = tree.by_pk[category.merged_into_id] if category.merged_into_id else category
        assert place.merged_into_id is None
        for above in tree.path(place):
            assert held in subtrees[above.pk]
    roots = [subtrees[node.category.pk] for node in tree.roots]
    assert sum(len(found) for found in roots) == len(tree.by_pk)
