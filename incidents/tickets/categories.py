"""The category tree as values: built from all categories once, then asked without a query."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from accounts.models import Team
from incidents.tickets.models import Category


@dataclass
class Node:
    category: Category
    children: list["Node"] = field(default_factory=list)

    def walk(self, depth: int = 0) -> Iterator[tuple[int, "Node"]]:
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)


class Tree:
    """All categories in their order. Retired and merged ones are known, but not offered."""

    def __init__(self, categories: Iterable[Category]) -> None:
        self.by_pk = {category.pk: category for category in categories}
        nodes = {pk: Node(category) for pk, category in self.by_pk.items()}
        self.roots: list[Node] = []
        for pk, category in self.by_pk.items():
            siblings = nodes[category.parent_id].children if category.parent_id else self.roots
            siblings.append(nodes[pk])
        self.nodes = nodes

    @classmethod
    def load(cls) -> "Tree":
        return cls(Category.objects.select_related("default_team", "merged_into"))

    def walk(self) -> Iterator[tuple[int, Node]]:
        for root in self.roots:
            yield from root.walk()

    def path(self, category: Category) -> list[Category]:
        """From the root down to the category."""
        above = [self.by_pk.get(category.pk, category)]  # as it is now
        while above[0].parent_id:
            above.insert(0, self.by_pk[above[0].parent_id])
        return above

    def label(self, category: Category) -> str:
        return " › ".join(part.name for part in self.path(category))

    def team_of(self, category: Category) -> Team | None:
        """The team of the category, or of the nearest one above that names one."""
        return next(
            (part.default_team for part in reversed(self.path(category)) if part.default_team), None
        )

    def type_of(self, category: Category) -> str:
        """The type that the category, or the nearest one above that names one, gives to new tickets; empty for none."""
        return next((part.type for part in reversed(self.path(category)) if part.type), "")

    def subtree(self, category: Category) -> set[int]:
        """Keys of the category, all below it, and all that were ever merged into one of them."""
        found = {node.category.pk for _depth, node in self.nodes[category.pk].walk()}
        while more := {c.pk for c in self.by_pk.values() if c.merged_into_id in found} - found:
            found |= more
        return found

    def is_below(self, category: Category, above: Category) -> bool:
        return above in self.path(category)

    def offered(self) -> list[tuple[str, list[tuple[int, str]]]]:
        """Choices for a form: groups by root, each with its usable categories by their path below the root."""
        groups = []
        for root in self.roots:
            usable = [
                (
                    node.category.pk,
                    " › ".join(part.name for part in self.path(node.category)[1:])
                    or node.category.name,
                )
                for _depth, node in root.walk()
                if not any(part.is_retired for part in self.path(node.category))
            ]
            if usable:
                groups.append((root.category.name, usable))
        return groups
