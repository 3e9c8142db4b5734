"""Everything that can happen to a ticket. Pages, imports, jobs and later mail and API all come here."""

from incidents.tickets.actions.announce_closing import (
    announce_closing,
    call_off_closing,
    close_announced,
    hindered,
)
from incidents.tickets.actions.answer import answer
from incidents.tickets.actions.assign import assign, release, take
from incidents.tickets.actions.categorise import categorise, set_service
from incidents.tickets.actions.checklist import (
    add_steps,
    move_step,
    remove_step,
    skip_step,
    tick_step,
)
from incidents.tickets.actions.desk_read import note_desk_reading, note_mentions_seen
from incidents.tickets.actions.draft_article import draft_article
from incidents.tickets.actions.erase import erase_for_age, erase_words_of, rename_mentions
from incidents.tickets.actions.escalate import escalate
from incidents.tickets.actions.file import file
from incidents.tickets.actions.follow import follow, unfollow
from incidents.tickets.actions.hold import hold_family, hold_ticket
from incidents.tickets.actions.hypotheses import (
    add_evidence,
    remove_evidence,
    settle_hypothesis,
    state_hypothesis,
)
from incidents.tickets.actions.join import join
from incidents.tickets.actions.link import link, unlink
from incidents.tickets.actions.log import log, note_call
from incidents.tickets.actions.mention import overlooked
from incidents.tickets.actions.merge import merge, unmerge
from incidents.tickets.actions.move import move
from incidents.tickets.actions.note import note
from incidents.tickets.actions.offer import offer
from incidents.tickets.actions.promises import miss_target, warn_of_target
from incidents.tickets.actions.proposals import accept_proposal, dismiss_proposal, propose
from incidents.tickets.actions.rate import comment_rating, rate
from incidents.tickets.actions.read import read
from incidents.tickets.actions.reopen import reopen
from incidents.tickets.actions.reply import reply
from incidents.tickets.actions.required import ask_review
from incidents.tickets.actions.resolve import confirm, resolve
from incidents.tickets.actions.retitle import retitle
from incidents.tickets.actions.set_priority import follow_matrix, set_priority
from incidents.tickets.actions.set_type import set_type
from incidents.tickets.actions.spend import spend, take_back
from incidents.tickets.actions.split import split
from incidents.tickets.actions.steps import once
from incidents.tickets.actions.tag import tag
from incidents.tickets.actions.transition import transition
from incidents.tickets.actions.undelivered import note_undelivered
from incidents.tickets.actions.undo import UNDOABLE, Undone, undo
from incidents.tickets.actions.withdraw import withdraw

__all__ = [
    "UNDOABLE",
    "Undone",
    "accept_proposal",
    "add_evidence",
    "add_steps",
    "announce_closing",
    "answer",
    "ask_review",
    "assign",
    "call_off_closing",
    "categorise",
    "close_announced",
    "comment_rating",
    "confirm",
    "dismiss_proposal",
    "draft_article",
    "erase_for_age",
    "erase_words_of",
    "escalate",
    "file",
    "follow",
    "follow_matrix",
    "hindered",
    "hold_family",
    "hold_ticket",
    "join",
    "link",
    "log",
    "merge",
    "miss_target",
    "move",
    "move_step",
    "note",
    "note_call",
    "note_desk_reading",
    "note_mentions_seen",
    "note_undelivered",
    "offer",
    "once",
    "overlooked",
    "propose",
    "rate",
    "read",
    "release",
    "remove_evidence",
    "remove_step",
    "rename_mentions",
    "reopen",
    "reply",
    "resolve",
    "retitle",
    "set_priority",
    "set_service",
    "set_type",
    "settle_hypothesis",
    "skip_step",
    "spend",
    "split",
    "state_hypothesis",
    "tag",
    "take",
    "take_back",
    "tick_step",
    "transition",
    "undo",
    "unfollow",
    "unlink",
    "unmerge",
    "warn_of_target",
    "withdraw",
]  # fmt: skip
