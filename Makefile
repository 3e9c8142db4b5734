# Everything is done by config/bootstrap.py, which needs nothing but Python 3.11 or newer.
PYTHON ?= python3

.PHONY: run test check bench relevance messages lock

run:  ## set up, then start the portal with its demo company
	@$(PYTHON) config/bootstrap.py run

test:  ## set up, then the whole gate and suite
	@$(PYTHON) config/bootstrap.py test

check:  ## format, lint, types, layers, templates, migrations, deploy check
	@$(PYTHON) config/bootstrap.py check

bench:  ## load and scale figures: make bench N=100000
	@$(PYTHON) config/bootstrap.py bench $(if $(N),--tickets $(N))

relevance:  ## does search put the right article first: make relevance N=200 (questions of each set, 0 for all)
	@$(PYTHON) config/bootstrap.py relevance $(if $(N),--questions $(N))

messages:  ## bring the translations up to date with the texts of the source
	@$(PYTHON) config/bootstrap.py messages

lock:  ## compile the hashed lock files
	@$(PYTHON) config/bootstrap.py lock
