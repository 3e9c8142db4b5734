"""The audit log: sign-ins, administration, exports, erasures; who, what, when, from where. Chained, so tampering shows.

`note` writes an entry in the caller's transaction and takes no lock, so nothing ever waits for the log. The seal, which
gives the entry its number and its place in the chain, follows right after the commit in a short transaction of its own
(and by a job every minute, should a process have died between the two).
"""

from accounts.audit.kinds import Kind
from accounts.audit.noting import coverage_of, note, note_change, note_export
from accounts.audit.sealing import seal

__all__ = ["Kind", "coverage_of", "note", "note_change", "note_export", "seal"]
