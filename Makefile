# make demo   a look at everything, on this machine, with made-up customers
# make test   install what the tests need (Debian packages too, when root) and run them all
# make check  formatting, lint, types, and the floors of the house
# make bench / make evaluate   measure speed / finding and deciding
# make fuzz   made-up letters and rule packs against reader and detectors, for a minute
# make crash  kill -9 at random and at every named step, 300 times over 20,000 messages, and count
# make learn  learn the weights of the rules with learned signs from the labelled letters of the tests
# make given-names   renew the list of given names from the Faker package
# make messages / make pictures   the desk's texts into the catalogues of its languages / the README's pictures
# make lock   renew the pinned dependencies

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := postfix swaks libnet-ssleay-perl postgresql chromium slapd haproxy strace libpangoft2-1.0-0 fonts-dejavu-core \
  tesseract-ocr tesseract-ocr-fin tesseract-ocr-pol

.PHONY: demo test check bench evaluate fuzz crash learn given-names messages pictures lock packages clean

demo: $(VENV)/.installed
	$(BIN)/mailguard demo

test: $(VENV)/.installed-dev packages
	$(BIN)/python -m pytest

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.installed-dev packages
	$(BIN)/python -m tests.bench

evaluate: $(VENV)/.installed-dev
	$(BIN)/python -m tests.evaluate

fuzz: $(VENV)/.installed-dev
	$(BIN)/python -m tests.fuzz --seconds 60

crash: $(VENV)/.installed-dev packages
	$(BIN)/python -m tests.crash

# Hashes are checked for everything that is installed, build tools included; hence no build isolation.
$(VENV)/.installed: deploy/requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mailguard needs Python 3.11 or later")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed deploy/requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/requirements-dev.txt
	touch $@

# Servers and browser that the tests drive. Not root: the tests that need a missing one say so and are skipped.
packages:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  there=$$(dpkg-query -W -f '$${Package} $${Status}\n' $(PACKAGES) 2>/dev/null | grep -c 'install ok installed' || true); \
	  if [ "$$there" -lt $(words $(PACKAGES)) ]; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(PACKAGES) >/dev/null; \
	  fi; \
	else echo "not root: tests that need $(PACKAGES) skip where these are missing"; fi

learn: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/requirements-learn.txt
	$(BIN)/python -m tests.learn

given-names: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/requirements-learn.txt
	$(BIN)/python -m tests.learn.given_names

messages: $(VENV)/.installed-dev
	$(BIN)/python -m tests.messages

pictures: $(VENV)/.installed-dev packages
	$(BIN)/python -m tests.pictures

lock: $(VENV)/.installed-dev
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --extra build pyproject.toml -o deploy/requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --extra build --extra dev pyproject.toml -o deploy/requirements-dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --extra build --extra dev --extra learn pyproject.toml -o deploy/requirements-learn.txt

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache
