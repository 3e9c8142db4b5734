"""The board: a list laid out in lanes, and how a card goes from one to another."""
