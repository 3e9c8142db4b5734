"""Everything that can happen to an article."""

from knowledge.actions.archive import archive, bring_back, expire, set_expiry
from knowledge.actions.care import free_reviews, mark_reviewed, reschedule, set_interval, set_owner
from knowledge.actions.check_links import check_links
from knowledge.actions.draft import draft
from knowledge.actions.feedback import answer_comment, comment, vote, vote_as_visitor
from knowledge.actions.files import adopt_files, bring_file, remove_file
from knowledge.actions.follow import follow, unfollow
from knowledge.actions.publish import drop_plan, plan, publish, publish_planned, withdraw
from knowledge.actions.rename import rename
from knowledge.actions.restore import restore
from knowledge.actions.review import approve, ask_changes, ask_review, take_back
from knowledge.actions.revise import revise
from knowledge.actions.settle import settle
from knowledge.actions.solved import count_solved, set_solved
from knowledge.actions.tasks import finish_task, note_low_score, raise_due, raise_task
from knowledge.actions.translate import (
    link_translation,
    match_source,
    set_language,
    translate,
    unlink_translation,
)

__all__ = [
    "adopt_files", "answer_comment", "approve", "archive", "ask_changes", "ask_review", "bring_back", "bring_file",
    "check_links", "comment", "count_solved", "draft", "drop_plan", "expire", "finish_task", "follow", "free_reviews", "link_translation", "mark_reviewed",
    "match_source", "note_low_score", "plan", "publish", "publish_planned", "raise_due", "raise_task", "remove_file",
    "rename", "reschedule", "restore", "revise", "set_expiry", "set_interval", "set_language", "set_owner", "set_solved", "settle",
    "take_back", "translate", "unfollow", "unlink_translation", "vote", "vote_as_visitor", "withdraw",
]  # fmt: skip
