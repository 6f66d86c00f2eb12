# `make` lists the verbs. Everything is installed into .venv; nothing outside this folder is touched.

PYTHON_IN := .venv/bin/python
export PORT ONCE

.DEFAULT_GOAL := help
.PHONY: help setup run demo worker test lint texts clean

help: ## Show the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Prepare .venv and the front end (quick when nothing changed)
	@sh scripts/setup.sh

run: setup ## Start everything on http://127.0.0.1:5000 (PORT=8000 changes it) until Ctrl-C
	@$(PYTHON_IN) -m volunteer_hub.cli run

demo: setup ## The same with a sample campaign; ONCE=1 turns the whole wheel once and ends
	@$(PYTHON_IN) -m volunteer_hub.cli demo

worker: setup ## Only the worker (DATABASE_URL and REDIS_URL name running servers)
	@$(PYTHON_IN) -m volunteer_hub.cli worker

test: setup ## Run the tests, those in a browser included (ARGS="-k turf" chooses some)
	@$(PYTHON_IN) tests/browser/chromium.py
	@$(PYTHON_IN) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: setup ## Look for slips: ruff, mypy, import rules
	@$(PYTHON_IN) -m ruff check .
	@$(PYTHON_IN) -m ruff format --check .
	@$(PYTHON_IN) -m mypy
	@.venv/bin/lint-imports

texts: setup ## Gather what people read from the code into the translations, and say what is missing
	@$(PYTHON_IN) -m volunteer_hub.translations

clean: ## Remove what setup and tests made; var, with all data, stays
	rm -rf .venv node_modules volunteer_hub/static/dist *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
