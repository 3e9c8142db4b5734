"""Everything that can happen to an article."""

from knowledge.actions.draft import draft
from knowledge.actions.publish import publish, withdraw
from knowledge.actions.revise import revise
from knowledge.actions.settle import settle

__all__ = ["draft", "publish", "revise", "settle", "withdraw"]
