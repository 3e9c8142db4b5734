"""Load and scale figures: `make bench N=1000000`. Not a test, since its numbers need a quiet machine to mean anything."""
