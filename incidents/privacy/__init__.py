"""Erasing people, and how long things are kept. Above all other apps, since it knows what each keeps of a person."""
