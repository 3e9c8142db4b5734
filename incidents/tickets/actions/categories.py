"""The category tree: add, change, move, order, merge, retire, restore.

Every verb holds the whole tree until its transaction ends: it is small, and a cycle can only be seen in all of it.
Tickets are never touched, though what is made confidential is closed to most. Whoever looks for the tickets of a category asks `Tree.subtree`, which knows what was merged.
"""

from typing import Any, Literal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.record import record_added, record_changed, snapshot
from accounts.errors import InvalidInput, Refused, require
from accounts.models import Team, User
from accounts.permissions import Permission
from accounts.slugs import free_slug
from incidents.tickets.categories import Tree
from incidents.tickets.models import Category, Ticket
from incidents.workflow import rulebook

Direction = Literal["up", "down"]


class NotInTree(Refused):
    """The tree would no longer be one, or two categories could not be told apart."""


@transaction.atomic
def add_category(
    name: str,
    *,
    by: User,
    parent: Category | None = None,
    description: str = "",
    icon: str = "tag",
    default_team: Team | None = None,
    type: str = "",
    is_confidential: bool = False,
) -> Category:
    """Make a category, the last one under its parent. The next ticket filed in it goes to its team.

    Raises:
        NotAllowed: `by` may not manage categories.
        InvalidInput: there is no name.
        NotInTree: the parent is retired, or has a category of this name already; or it would be confidential and no
            team would handle it.
    """
    tree = _lock(by)
    parent = parent and tree.by_pk[parent.pk]
    name = _cleaned(name)
    _refuse_closed(tree, parent)
    _refuse_namesakes(tree, parent, name)
    siblings = _siblings(tree, parent)
    category = Category.objects.create(
        name=name,
        slug=free_slug(Category, name),
        description=description.strip(),
        icon=icon or "tag",
        parent=parent,
        default_team=default_team,
        type=_known_type(type),
        is_confidential=is_confidential,
        position=siblings[-1].position + 1 if siblings else 1,
    )
    record_added(category, by=by)
    _confine()
    return category


@transaction.atomic
def change_category(
    category: Category,
    *,
    by: User,
    name: str,
    description: str = "",
    icon: str = "tag",
    default_team: Team | None = None,
    type: str = "",
    is_confidential: bool | None = None,
) -> Category:
    """Rename it, or change what stands beside the name. Tickets follow, since they name the category, not its words.

    What is made confidential is closed at once for every ticket in it and below it, old ones as well.

    Raises:
        NotAllowed: `by` may not manage categories.
        InvalidInput: there is no name.
        NotInTree: a sibling has this name already; or it is confidential and no team would handle it.
    """
    tree = _lock(by)
    category = tree.by_pk[category.pk]
    name = _cleaned(name)
    if not category.is_retired:
        _refuse_namesakes(tree, category.parent, name, but=category)
    closes = category.is_confidential if is_confidential is None else is_confidential
    _set(
        category,
        by=by,
        name=name,
        description=description.strip(),
        icon=icon or "tag",
        default_team=default_team,
        type=_known_type(type),
        is_confidential=closes,
    )
    _confine()
    return category


@transaction.atomic
def move_category(category: Category, *, under: Category | None, by: User) -> Category:
    """Put it, with all below it, under another parent (None: at the top), as the last one there.

    Raises:
        NotAllowed: `by` may not manage categories.
        NotInTree: it would stand below itself, the parent is retired, or a category there has the same name.
    """
    tree = _lock(by)
    category = tree.by_pk[category.pk]
    under = under and tree.by_pk[under.pk]
    _refuse_merged(category)
    if category.parent_id == (under and under.pk):
        return category
    if under and tree.is_below(under, category):
        raise NotInTree(_("A category can't stand below itself. Choose another place."))
    _refuse_closed(tree, under)
    if not category.is_retired:
        _refuse_namesakes(tree, under, category.name)
    siblings = _siblings(tree, under)
    _set(
        category,
        by=by,
        parent=under,
        position=siblings[-1].position + 1 if siblings else 1,
    )
    _confine()
    return category


@transaction.atomic
def shift_category(category: Category, *, to: Direction, by: User) -> Category:
    """Change places with the neighbour above or below. At the end of the list nothing changes.

    Raises:
        NotAllowed: `by` may not manage categories.
    """
    tree = _lock(by)
    category = tree.by_pk[category.pk]
    row = _siblings(tree, category.parent)
    if category not in row:
        return category
    here = row.index(category)
    there = here + (-1 if to == "up" else 1)
    if not 0 <= there < len(row):
        return category
    row[here], row[there] = row[there], row[here]
    for position, sibling in enumerate(row, start=1):
        _set(sibling, by=by, position=position)
    return category


@transaction.atomic
def merge_category(category: Category, *, into: Category, by: User) -> Category:
    """Let another category take its place: what stood below it moves there, its tickets are found there.

    It stays, retired and below the other one, since old tickets name it. What was merged into it before points on to
    the other one as well, so no chain is ever longer than one.

    Raises:
        NotAllowed: `by` may not manage categories.
        NotInTree: the other one is itself, below it, or retired; or both hold a category of the same name.
    """
    tree = _lock(by)
    category, into = tree.by_pk[category.pk], tree.by_pk[into.pk]
    _refuse_merged(category)
    if tree.is_below(into, category):
        raise NotInTree(_("A category can't be merged into itself or into one below it."))
    _refuse_closed(tree, into)
    moving = _siblings(tree, category)
    for child in moving:
        if not child.is_retired:
            _refuse_namesakes(tree, into, child.name, but=category)

    last = max((child.position for child in _siblings(tree, into)), default=0)
    for place, child in enumerate(moving, start=last + 1):
        _set(child, by=by, parent=into, position=place)
    for earlier in tree.by_pk.values():
        if earlier.merged_into_id == category.pk:
            _set(earlier, by=by, parent=into, merged_into=into)
    _set(category, by=by, parent=into, merged_into=into, is_retired=True)
    _confine()
    return category


@transaction.atomic
def retire_category(category: Category, *, by: User) -> Category:
    """Take no new tickets in it, nor in those below it. Old tickets keep it.

    Raises:
        NotAllowed: `by` may not manage categories.
    """
    tree = _lock(by)
    return _set(tree.by_pk[category.pk], by=by, is_retired=True)


@transaction.atomic
def restore_category(category: Category, *, by: User) -> Category:
    """Take new tickets in it again.

    Raises:
        NotAllowed: `by` may not manage categories.
        NotInTree: it was merged, one above it is retired, or a sibling has its name by now.
    """
    tree = _lock(by)
    category = tree.by_pk[category.pk]
    if not category.is_retired:
        return category
    _refuse_merged(category)
    _refuse_closed(tree, category.parent)
    _refuse_namesakes(tree, category.parent, category.name, but=category)
    return _set(category, by=by, is_retired=False)


@transaction.atomic
def configure_category(
    category: Category | None,
    *,
    by: User,
    slug: str,
    name: str,
    description: str = "",
    icon: str = "tag",
    parent: Category | None = None,
    default_team: Team | None = None,
    is_confidential: bool = False,
    is_retired: bool = False,
    position: int = 0,
    type: str = "",
) -> Category:
    """Make the category as a file or a former state has it, place and all; None: a new one of this address.

    Raises:
        NotAllowed: `by` may not manage categories.
        InvalidInput: there is no name, or the address is taken.
        NotInTree: it was merged, would stand below itself or beside one of the same name; or is confidential and no team
            would handle it.
    """
    tree = _lock(by)
    name = _cleaned(name)
    category = category and tree.by_pk[category.pk]
    parent = parent and tree.by_pk[parent.pk]
    if parent:
        _refuse_merged(parent)
    if category:
        _refuse_merged(category)
        if parent and tree.is_below(parent, category):
            raise NotInTree(_("A category can't stand below itself. Choose another place."))
    if not is_retired:
        _refuse_namesakes(tree, parent, name, but=category)
    wanted: dict[str, Any] = {
        "name": name,
        "description": description.strip(),
        "icon": icon or "tag",
        "parent": parent,
        "default_team": default_team,
        "is_confidential": is_confidential,
        "is_retired": is_retired,
        "position": position,
        "type": _known_type(type),
    }
    if category is None:
        if Category.objects.filter(slug=slug).exists():
            raise InvalidInput(_("Another category has this address."), field="slug")
        category = Category(slug=slug, **wanted)
        category.full_clean(exclude=["parent", "default_team"])
        category.save()
        record_added(category, by=by)
    else:
        Category(slug=slug, **wanted).clean_fields(exclude=["parent", "default_team"])
        _set(category, by=by, **wanted)
    _confine()
    return category


def _confine() -> None:
    """Note of every category whether it, or one above it, is confidential; what is must be handled by a team.

    Raises:
        NotInTree: a confidential category has no team, or a ticket in it that is in no team's hands.
    """
    tree = Tree.load()
    closed: list[Category] = []
    for category in tree.by_pk.values():
        is_confined = any(part.is_confidential for part in tree.path(category))
        if is_confined and tree.team_of(category) is None and not category.is_retired:
            raise NotInTree(
                _("“%(name)s” is confidential: name the team that handles it.") % {"name": category}
            )
        if is_confined == category.is_confined:
            continue
        category.is_confined = is_confined
        category.save(update_fields=["is_confined"])
        closed += [category] if is_confined else []
    if closed and Ticket.objects.filter(category__in=closed, team=None).exists():
        raise NotInTree(
            _("Some tickets of this category are in no team's queue, so nobody would see them. Hand them to a team first.")
        )  # fmt: skip


def _known_type(slug: str) -> str:
    if slug and not rulebook.is_type(slug):
        raise InvalidInput(_("Choose one of the types."), field="type")
    return slug


def _lock(by: User) -> Tree:
    require(
        by.permits.anywhere(Permission.CATEGORIES_MANAGE),
        _("You may not change categories. Ask somebody who manages them."),
    )
    rows = Category.objects.select_for_update(no_key=True).order_by("pk")
    list(rows.values_list("pk"))  # locked in one order; the tree below is read after that
    return Tree.load()


def _cleaned(name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise InvalidInput(_("Give the category a name."), field="name")
    return name


def _siblings(tree: Tree, parent: Category | None) -> list[Category]:
    """What stands under the parent, in order, without those that were merged away."""
    nodes = tree.nodes[parent.pk].children if parent else tree.roots
    return [node.category for node in nodes if not node.category.merged_into_id]


def _refuse_merged(category: Category) -> None:
    if category.merged_into_id:
        raise NotInTree(
            _("“%(name)s” was merged into “%(other)s”; its tickets are found there.")
            % {"name": category, "other": category.merged_into}
        )


def _refuse_closed(tree: Tree, parent: Category | None) -> None:
    for above in tree.path(parent) if parent else ():
        if above.is_retired:
            raise NotInTree(
                _("“%(name)s” is retired. Restore it first, or choose another place.")
                % {"name": above}
            )


def _refuse_namesakes(
    tree: Tree, parent: Category | None, name: str, *, but: Category | None = None
) -> None:
    for sibling in _siblings(tree, parent):
        same = sibling.name.casefold() == name.casefold()
        if same and sibling != but and not sibling.is_retired:
            raise NotInTree(
                _("There is a category “%(name)s” at this place already. Choose another name, or merge the two.")
                % {"name": sibling}
            )  # fmt: skip


def _set(category: Category, *, by: User, **values: Any) -> Category:
    """Write what differs, and note it; nothing where nothing differs."""
    before = snapshot(category)
    changed = [name for name, value in values.items() if getattr(category, name) != value]
    for name in changed:
        setattr(category, name, values[name])
    if changed:
        category.save(update_fields=changed)
        record_changed(category, by=by, before=before)
    return category
