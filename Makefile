# Every target sets itself up: a virtual environment in .venv, made by PYTHON (3.11 to 3.13).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help install demo test bench bench-accuracy faults fuzz strangers fuzz-api soak year audit-deps size size-full nulls canaries tune-canaries lint types cluster scale docs pictures notebook first-hour wheel clean

help:
	@echo "make demo     the main job, offline, on embedded real prices (S&P 500)"
	@echo "make test     the whole test suite"
	@echo "make bench    speed beside plain Keras; with PEERS_PYTHON=python-with-torch also PyTorch, Darts, NeuralForecast; PRICES=btc.csv times lstm.yaml"
	@echo "make bench-accuracy  how good the distributions are on 36 real series; QUICK=1 for six"
	@echo "make size     how often the tests claim what is not there, into docs/significance.md; size-full: ten times as exact"
	@echo "make faults   kill, fill and damage at every place; EVERY=10 tries one in ten"
	@echo "make fuzz     100,000 each of configs, settings, tables, files, Yahoo's answers and command lines; N=1000 tries fewer"
	@echo "make strangers  300 runs whose files were changed, hashes and all; N=50 tries fewer, SEED=9 others"
	@echo "make soak     30 minutes of every command with faults between them; MINUTES=3 is shorter"
	@echo "make year     a simulated year of daily, 12 symbols, killed 50 times; DAYS=20 is shorter"
	@echo "make fuzz-api requests made up from the interface's own description; REQUESTS=100 tries fewer"
	@echo "make audit-deps   licences and versions of everything that is installed with it"
	@echo "make nulls    how often the verdict claims skill where there is none, into docs/canaries.md"
	@echo "make chain    what small networks claim on noise, and find of what is planted, into docs/canaries.md (two hours)"
	@echo "make canaries what the whole pipeline finds in prices whose truth is known (an hour)"
	@echo "make cluster  the same answers on a Ray cluster of two nodes, one of them killed in mid-work"
	@echo "make scale    what a panel costs by the number of its tickers; TICKERS='500 2000 10000' is larger"
	@echo "make tune-canaries  what a search claims on noise, and finds of what is planted, into docs/tune.md (half an hour)"
	@echo "make lint     ruff"
	@echo "make types    mypy --strict"
	@echo "make docs     the documentation, into site/"
	@echo "make pictures the pictures of the documentation, drawn again"
	@echo "make first-hour four kinds of new users at a terminal, with minutes and commands"
	@echo "make notebook execute docs/notebook.ipynb again"
	@echo "make wheel    build the wheel, install it in an empty environment, use it from another folder"

$(BIN)/rnnforecast: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(BIN)/pytest: $(BIN)/rnnforecast
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

$(BIN)/mkdocs: $(BIN)/rnnforecast
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	@touch $@

install: $(BIN)/rnnforecast

demo: $(BIN)/rnnforecast
	@$(BIN)/rnnforecast --home demo demo
	@command -v rnnforecast > /dev/null || echo "to find rnnforecast there: . $(BIN)/activate"

test: $(BIN)/pytest
	$(BIN)/python -m pytest -q -n auto --dist loadfile

BENCHES := train jobs predict store evaluate commands windows tickers batch_speed minutes forecast_only breakdown end_to_end
bench: $(BIN)/rnnforecast
	@for name in $(BENCHES); do echo "measuring: $$name"; \
		$(BIN)/python benchmarks/$$name.py > /dev/null || failed="$$failed $$name"; done; \
		$(BIN)/python benchmarks/table.py; test -z "$$failed" || { echo "failed:$$failed"; exit 1; }

bench-accuracy: $(BIN)/rnnforecast
	@$(BIN)/python benchmarks/accuracy.py $(if $(QUICK),--quick)

size: $(BIN)/rnnforecast
	$(BIN)/python benchmarks/size.py

size-full: $(BIN)/rnnforecast
	$(BIN)/python benchmarks/size.py --full

EVERY ?= 1
faults: $(BIN)/pytest
	$(BIN)/python -m tests.faults.campaign --every $(EVERY)

N ?= 100000
SEED ?= 0
fuzz: $(BIN)/pytest
	$(BIN)/python -m tests.fuzz.campaign --seed $(SEED) $(N)

strangers: N := 300
strangers: $(BIN)/pytest
	$(BIN)/python -m tests.faults.strangers $(N) $(SEED)

MINUTES ?= 30
soak: $(BIN)/pytest
	$(BIN)/python -m tests.faults.soak $(MINUTES)

REQUESTS ?= 1000
fuzz-api: $(BIN)/pytest
	$(BIN)/python -m tests.serve.campaign $(REQUESTS)

DAYS ?= 250
KILLS ?= 50
year: $(BIN)/pytest
	$(BIN)/python -m tests.practice.year --days $(DAYS) --kills $(KILLS)

audit-deps: $(BIN)/pytest
	$(BIN)/python -m tests.faults.dependencies

nulls: $(BIN)/rnnforecast
	$(BIN)/python benchmarks/nulls.py

chain: $(BIN)/rnnforecast
	$(BIN)/python benchmarks/chain.py

canaries: $(BIN)/rnnforecast
	$(BIN)/python benchmarks/canaries.py

cluster: $(BIN)/pytest
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[ray]'
	$(BIN)/python -m pytest -q -n 0 -m cluster tests/cluster

TICKERS ?= 100 500
scale: $(BIN)/rnnforecast
	$(BIN)/python benchmarks/scale.py --tickers $(TICKERS)

tune-canaries: $(BIN)/pytest
	$(BIN)/python benchmarks/search.py

lint: $(BIN)/pytest
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(BIN)/pytest
	$(BIN)/mypy

docs: $(BIN)/mkdocs
	$(BIN)/python docs/generate.py
	$(BIN)/mkdocs build --strict --quiet

pictures: $(BIN)/rnnforecast
	$(BIN)/python docs/pictures.py

first-hour: $(BIN)/pytest
	$(BIN)/python benchmarks/first_hour.py

notebook: $(BIN)/pytest
	$(BIN)/python docs/notebook.py

wheel: $(BIN)/pytest
	.ci/wheel $(BIN)/python

clean:
	rm -rf $(VENV) demo dist build site
