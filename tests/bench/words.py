"""Texts for a million tickets, mixed from the demo's."""

import random
import re
import tomllib
from pathlib import Path

from incidents.demo.company import FOLDER

SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
RARE_WORDS = 20_000
SYLLABLES = [consonant + vowel for consonant in "bklmnrstv" for vowel in "aeio"]


class Words:
    """Titles and texts; always the same for one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        told = [ticket for path in sorted(Path(FOLDER, "tickets").glob("*.toml"))
                for ticket in tomllib.loads(path.read_text(encoding="utf-8"))["ticket"]]  # fmt: skip
        self.titles = [ticket["title"] for ticket in told]
        said = [ticket["description"] for ticket in told] + [
            step["text"] for ticket in told for step in ticket.get("steps", ()) if "text" in step
        ]
        self.sentences = [
            s.strip() for text in said for s in SENTENCE.split(text) if len(s.strip()) > 15
        ]

    def title(self) -> str:
        return f"{self.random.choice(self.titles)} {self.thing()}"[:200]

    def text(self) -> str:
        """Three or so sentences that somebody wrote, and words that hardly anybody else did."""
        sentences = self.random.choices(self.sentences, k=self.random.randint(2, 4))
        rare = " ".join(self.rare() for _ in range(4))
        return f"{' '.join(sentences)}\n\n{self.thing()} {rare}"

    def thing(self) -> str:
        return f"FH-{self.random.choice('LPSW')}-{self.random.randrange(10_000):04}"

    def rare(self) -> str:
        """Some of them often, most of them hardly ever, as words go."""
        number = int(RARE_WORDS ** self.random.random())
        word = ""
        while number or not word:
            number, place = divmod(number, len(SYLLABLES))
            word += SYLLABLES[place]
        return word + "ng"
