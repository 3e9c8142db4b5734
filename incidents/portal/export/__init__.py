"""Everything that is kept about one person, as one file for themselves.

`gather` reads it in portions, starting from what the person may see; `files` writes the portions down as JSON or as a
page. Neither holds more than a portion at a time.
"""

from incidents.portal.export.files import WRITERS, Writer

__all__ = ["WRITERS", "Writer"]
