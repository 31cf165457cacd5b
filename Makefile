# One word each. Whatever is missing (uv, Python 3.12, packages, npm packages) is fetched first.

.PHONY: demo test lint bench wheel clean help

UV := $(or $(shell command -v uv 2>/dev/null),.tools/bin/uv)
RUN := $(UV) run --no-sync
READY := .venv/.ready
NODE := tests/interop/node_modules/.ready

help:   ## say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 10

demo: $(READY)   ## see the whole road: record, replay, verify, diff, report
	@$(RUN) tapestry demo

test: $(READY) $(NODE)   ## run every test, third parties included, with coverage
	@TAPESTRY_REQUIRE_INTEROP=1 UV=$(abspath $(UV)) $(RUN) pytest -n 2 --dist loadgroup \
		--cov --cov-report=term-missing:skip-covered --cov-report=xml $(ARGS)

lint: $(READY)   ## style, types, layers
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy
	@$(RUN) lint-imports --no-cache

bench: $(READY) $(NODE)   ## compare with other tools; prints ratios, asserts nothing
	@for bench in bench/*.py; do echo "== $$bench"; $(RUN) python $$bench || exit 1; done

wheel: $(READY)   ## build the wheel into dist/
	@$(UV) build --wheel

clean:   ## remove everything that was fetched or built
	rm -rf .venv .tools dist build .coverage* coverage.xml tests/interop/node_modules

.tools/bin/uv:
	@echo "uv is not on PATH; fetching it into .tools/"
	@python3 -m venv .tools && .tools/bin/python -m pip install --quiet uv

$(READY): pyproject.toml .python-version $(filter .tools/%,$(UV))
	@$(UV) sync --quiet
	@touch $@

$(NODE): tests/interop/package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or later"; exit 1; }
	@cd tests/interop && npm ci --silent
	@touch $@
