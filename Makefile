# make demo   runs a hall: no root, no Debian packages
# make test   passes the tests: installs the Debian packages they need (root or sudo)
# make long   hours of what the tests do in minutes; stopped and started again, it goes on where it was

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_ARGS ?=
LONG ?= .stamps/long
ASYNCAPI := tests/bridge/asyncapi
ENCODERS := tests/simulators/encoders
DEBIAN_PACKAGES := mosquitto espeak-ng alsa-utils chromium systemd iproute2 nftables openssl

.PHONY: demo test long check docs packages clean

demo: $(VENV)/.installed
	$(BIN)/hall demo $(DEMO_ARGS)

test: $(VENV)/.installed-test packages check
	$(BIN)/pytest -n auto --dist worksteal

long: $(VENV)/.installed-test packages
	@sh .ci/long $(LONG)

check: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# what is made from the code: docs/asyncapi.yaml, docs/schemas, docs/settings.md
docs: $(VENV)/.installed-test
	$(BIN)/python -m mqtt_bridge.asyncapi --write
	$(BIN)/python -m edge.settings.reference > docs/settings.md

packages:
	@sh .ci/debian-packages $(DEBIAN_PACKAGES)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python setup.cfg pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.installed-test: $(VENV)/bin/python setup.cfg pyproject.toml $(ASYNCAPI)/package-lock.json $(ENCODERS)/package-lock.json .ci/emupos
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent --ignore-scripts --no-audit --no-fund --prefix $(ASYNCAPI)
	PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent --ignore-scripts --no-audit --no-fund --prefix $(ENCODERS)
	sh .ci/emupos $(VENV)/emupos
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build dist *.egg-info
