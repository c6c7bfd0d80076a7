# Everything goes through a virtual environment in .venv; PYTHON and DEMO may be given: make demo DEMO=/tmp/my-demo

PYTHON ?= python3
DEMO ?= ../faucet-demo
SEED ?= 1
SECONDS ?= 3600
FAULTS ?= 50
BIN := $(CURDIR)/.venv/bin
PIP := $(BIN)/python -m pip install --quiet
export DO_NOT_TRACK := 1

.PHONY: help demo test check bench fuzz faults java servers

help:
	@echo 'make demo    make a project from the starter in $(DEMO), run it, and say what was built'
	@echo 'make test    install what the tests need, and run them'
	@echo 'make check   ruff, mypy --strict, import-linter, and whether all tests can be collected'
	@echo 'make bench   the flights run against SQL written by hand'
	@echo 'make faults  kill each kind of write 50 times (FAULTS=50), and write benchmarks/faults.md'
	@echo 'make fuzz    random SQL and files on both engines, for SECONDS, from SEED'

demo: .venv/demo
	@mkdir -p "$(dir $(abspath $(DEMO)))"
	@test -e "$(DEMO)/pyproject.toml" || (cd "$(dir $(abspath $(DEMO)))" && \
		"$(BIN)/kedro" new --starter=faucet --name "$(notdir $(abspath $(DEMO)))")
	cd "$(DEMO)" && "$(BIN)/kedro" run
	@cd "$(DEMO)" && "$(BIN)/kedro" faucet resources
	@echo; echo "The project is in $(abspath $(DEMO)): its README.md says where everything is."
	@echo "Look at it:   cd $(abspath $(DEMO)) && $(BIN)/kedro viz run"
	@echo "The result:   $(abspath $(DEMO))/data/mart.duckdb, for DuckDB and BI tools"

test: .venv/dev java servers
	"$(BIN)/pytest" --numprocesses=2 --dist=loadfile

check: .venv/dev
	"$(BIN)/ruff" check .
	"$(BIN)/ruff" format --check .
	"$(BIN)/mypy"
	"$(BIN)/lint-imports"
	@"$(BIN)/pytest" --collect-only -qq > .venv/collected || (tail -n 30 .venv/collected; exit 1)

bench: .venv/dev
	"$(BIN)/python" benchmarks/flights.py

fuzz: .venv/dev java
	PYTHONPATH=tests:tests/engines "$(BIN)/python" -m fuzz $(SEED) $(SECONDS)

faults: .venv/dev java servers
	FAULTS=$(FAULTS) FAULTS_PAGE=benchmarks/faults.md "$(BIN)/pytest" -m faults --numprocesses=2 --dist=loadfile

.venv/bin/python:
	"$(PYTHON)" -m venv .venv
	$(PIP) --upgrade pip

.venv/demo: pyproject.toml | .venv/bin/python
	$(PIP) --editable '.[forecast,notebooks,pandas,viz]' matplotlib
	@touch $@

.venv/dev: pyproject.toml | .venv/bin/python
	$(PIP) --editable '.[dev]'
	@touch $@

java:
	@command -v java >/dev/null && command -v mvn >/dev/null || .ci/install-java

servers:
	@.ci/install-servers
