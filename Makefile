# `make` lists the commands. Each makes the virtual environment .venv first, or brings it up to date with
# requirements.txt, and needs nothing but Python 3.11 or later, pip's usual way to its packages, and make.

# An interpreter that is new enough. Another one: make book PYTHON=/path/to/python3
PYTHON ?= $(shell for p in python3 python python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
# Where torch comes from, if not from where pip takes the rest. Without CUDA (Linux):
# make book TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
PORT ?= 8000
EXAMPLES ?= 15000
# Options for the program behind lab and notebooks: make lab ARGS=--no-browser
ARGS ?=

# Relative paths only: the folder may have spaces and any letters in its name.
PY := .venv/bin/python
# errors only: a machine's own pip settings may warn at length
PIP := $(PY) -m pip install --quiet --quiet --disable-pip-version-check
PARTS := $(PY) tools/parts.py
# stamps: set-up is done again only when the files it depends on have changed
BOOK := .venv/.book
TESTS := .venv/.tests
PROJECT := .venv/.project
NBGRADER := .venv-nbgrader/.made

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help book serve lab test test-unit test-notebooks test-course test-site notebooks student slides nbgrader \
	project changes changes-newest bench findings fuzz portability webkit shots weigh links zip pdf site clean

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1@\2/p' Makefile | while IFS=@ read -r name words; do \
		printf '%-20s %s\n' "$$name" "$$words"; done

book: $(BOOK) ## set everything up and build the book
	@echo "jupyter-book build . -n -W --keep-going --all"
	@$(PY) -c "from jupyter_book.cli.main import main; main()" build . -n -W --keep-going --all
	@echo
	@echo "The book is built. Open _build/html/index.html in a browser, or run: make serve"

serve: book ## build the book and serve it on this machine (PORT=8000)
	@echo "http://127.0.0.1:$(PORT)/  (Ctrl+C stops it)"
	@$(PY) -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

lab: $(BOOK) ## open the chapters in JupyterLab, with live figures
	$(PY) -m jupyterlab $(ARGS) chapters

test: $(TESTS) $(NBGRADER) ## prove everything: code, chapters, site, figures in a browser
	@$(PARTS)

test-unit: $(TESTS) ## only style, the reference implementation, the figures' Python side
	@$(PARTS) unit

test-notebooks: $(TESTS) ## only the chapters: each cell run again and compared
	@$(PARTS) notebooks

test-course: $(TESTS) $(NBGRADER) ## only the editions for students and teachers
	@$(PARTS) course

test-site: $(TESTS) ## only the site and the figures, in Chromium and Firefox
	@$(PARTS) site

notebooks: $(TESTS) ## run the chapters and store their outputs (ARGS=chapters/02_lookup.ipynb)
	$(PY) tools/notebooks.py $(ARGS)

student: $(BOOK) ## write chapters and projects without solutions and outputs, ready to run, into _build/student
	@$(PY) tools/student.py

slides: $(BOOK) ## write reveal.js slides of the chapters into _build/slides
	@$(PY) tools/slides.py

nbgrader: $(BOOK) ## write a course folder for nbgrader into _build/nbgrader
	@$(PY) tools/nbgrader_course.py

project: $(PROJECT) ## judge a project of yours (NAME=embedding, options or bag; STEP=1; MINE=file)
	@$(PY) -m pytest projects$(if $(NAME),/test_$(NAME).py) $(if $(STEP),-m step$(STEP)) $(if $(MINE),--mine "$(MINE)")

changes: $(BOOK) ## run the chapters and tell which cells print something else, in _build/changes.md
	@mkdir -p _build
	@$(PY) tools/changes.py $(ARGS) > _build/changes.md; status=$$?; cat _build/changes.md; exit $$status

changes-newest: $(BOOK) ## the same with the newest torch, in an environment of its own (.venv-newest)
	@$(PY) -m venv --clear .venv-newest
	@echo "Installing the book's packages once more, with the newest torch."
	@.venv-newest/bin/python -m pip install --quiet --quiet --disable-pip-version-check \
		$(if $(TORCH_INDEX),--no-deps --index-url "$(TORCH_INDEX)") torch
	@sed '/^torch==/d; /^-c /d' requirements.txt | \
		.venv-newest/bin/python -m pip install --quiet --quiet --disable-pip-version-check torch -r /dev/stdin
	@$(MAKE) --no-print-directory changes PY=.venv-newest/bin/python -o $(BOOK)

bench: $(TESTS) ## measure the reference implementation against PyTorch
	@set -- tests/benchmarks/bench_*.py; \
	test -e "$$1" || { echo "There is nothing to measure: no tests/benchmarks/bench_*.py"; exit 0; }; \
	for script do echo "== $$script"; PYTHONPATH=chapters $(PY) "$$script" || exit 1; done

findings: $(BOOK) ## run the argument map and the ledger, and store what they give
	PYTHONHASHSEED=0 OMP_NUM_THREADS=1 PYTHONPATH=chapters $(PY) tools/findings.py

fuzz: $(TESTS) ## compare the reference with PyTorch on 30 000 drawn calls (EXAMPLES=15000 of each kind)
	OMP_NUM_THREADS=1 BOOK_EXAMPLES=$(EXAMPLES) $(PY) -m pytest -s tests/reference/test_conformance.py::test_drawn_calls_agree

portability: $(TESTS) ## run the chapters as on older processors
	@$(PARTS) portability

webkit: $(TESTS) book ## every page in WebKit, Safari's engine (needs Debian's webkit2gtk-driver and xvfb)
	@$(PIP) -r tests/requirements-webkit.txt
	BOOK_WEBKIT=1 BOOK_SITE=_build/html xvfb-run --auto-servernum $(PY) -m pytest -q tests/site/test_in_webkit.py

shots: $(TESTS) book ## one contact sheet of all pages: light and dark, wide and phone
	$(PY) tools/shots.py

weigh: $(TESTS) book ## measure every page on a slow phone (ARGS=--stock: beside Jupyter Book's defaults; needs npm)
	$(PY) tools/weigh.py $(ARGS)

links: $(BOOK) ## ask each outside address whether it is still there; what is not, in _build/links.txt (needs the network)
	@rm -rf _build/links _build/links.txt
	@$(PY) -c "from jupyter_book.cli.main import main; main()" build . --all --builder custom \
		--custom-builder linkcheck --path-output _build/links; status=$$?; \
		cp _build/links/_build/linkcheck/output.txt _build/links.txt; exit $$status

zip: book ## the site as one file that opens from disk: _build/embedding-table.zip
	@cd _build && rm -rf embedding-table embedding-table.zip && cp -R html embedding-table \
		&& ../$(PY) -m zipfile -c embedding-table.zip embedding-table && rm -r embedding-table
	@echo "_build/embedding-table.zip: unpack it and open embedding-table/index.html"

pdf: $(TESTS) book ## the book on paper: _build/book.pdf
	$(PY) tools/pdf.py

site: zip pdf ## what is published: the book, which offers itself as a zip and as a PDF
	@BOOK_FILES="$$(printf '%s\n' _build/embedding-table.zip _build/book.pdf)" $(MAKE) --no-print-directory book

clean: ## remove what was built (not .venv and .venv-nbgrader: delete them to set up anew)
	rm -rf _build .pytest_cache .ruff_cache .hypothesis .jupyter_cache
	find . -name .venv -prune -o \( -name __pycache__ -o -name .ipynb_checkpoints \) -type d -exec rm -rf {} +

$(PY):
	@test -n "$(PYTHON)" || { \
		echo "The book needs Python 3.11 or later, and none was found." >&2; \
		echo "Where it has another name: make book PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) cannot be used: the book needs Python 3.11 or later." >&2; exit 1; }
	@echo "Making the virtual environment .venv with $$("$(PYTHON)" --version)"
	@"$(PYTHON)" -m venv --clear .venv || { rm -rf .venv; exit 1; }

$(BOOK): requirements.txt constraints.txt $(PY)
	@$(PY) -m pip show --quiet torch 2>/dev/null || \
		echo "Installing torch. This is the long step: 200 MB without CUDA, several GB with it (Linux; see the README)."
	@$(PIP) $(if $(TORCH_INDEX),--no-deps --index-url "$(TORCH_INDEX)",-c constraints.txt) "$$(grep '^torch==' requirements.txt)"
	@echo "Installing Jupyter Book, JupyterLab and what they need: about 150 MB."
	@$(PIP) -r requirements.txt
	@touch $@

$(TESTS): tests/requirements.txt $(BOOK)
	@echo "Installing the tools of the tests: about 60 MB."
	@$(PIP) -r tests/requirements.txt
	@touch $@

$(PROJECT): projects/requirements.txt $(BOOK)
	@$(PIP) -r projects/requirements.txt
	@touch $@

$(NBGRADER): tests/requirements-nbgrader.txt $(TESTS)
	@echo "Installing nbgrader, beside the book's packages: about 10 MB."
	@rm -rf $(@D)
	@$(PIP) --no-deps --target $(@D) -r tests/requirements-nbgrader.txt
	@touch $@
