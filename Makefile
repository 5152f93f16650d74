# Everything is done in .venv, made by `python3 -m venv`; a target that has nothing new to install starts at once.
# The system's own Python is built with PGO, others in PATH mostly are not; it is taken where it is new enough and has venv.
PYTHON ?= $(shell /usr/bin/python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
  && echo /usr/bin/python3 || echo python3)
WORKERS ?= 3
CACHE ?= $(HOME)/.cache/radiusd-bench
COMMIT ?= HEAD~1
PREFIX ?= /opt/radiusd
BINDIR ?= /usr/local/bin
VENV := .venv
BIN := $(VENV)/bin
SOURCES := config dictionaries store radiusd tests
REQUIREMENTS := constraints.txt setup.cfg pyproject.toml
PACKAGES := slapd ldap-utils freeradius freeradius-utils freeradius-common postgresql chromium
PACKAGES += pamtester libpam-radius-auth libpam-wrapper openvpn openvpn-auth-radius ocserv openconnect iproute2 samba samba-ad-provision
PACKAGES += squid proftpd-core kamailio-radius-modules radsecproxy
PACKAGES += systemd
PACKAGES += oathtool keepassxc zbar-tools
INSTALLED := $(VENV)/.installed
INSTALLED_FOR_TESTS := $(VENV)/.installed-for-tests

.DEFAULT_GOAL := help
.PHONY: help run install deb test prove lint format docs bench bench-mfa bench-beside bench-held bench-groups bench-mail bench-sms clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(INSTALLED) ## a server to try, on loopback, with a demo account
	@exec $(BIN)/radiusd run --demo

install: ## radiusd into PREFIX (/opt/radiusd), its command into BINDIR (/usr/local/bin); as root its user, folder and unit; again: an update
	$(PYTHON) -m venv $(PREFIX)
	$(PREFIX)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt .
	@mkdir -p $(BINDIR)
	ln -sf $(PREFIX)/bin/radiusd $(BINDIR)/radiusd
	@install/service $(BINDIR)

deb: ## a Debian package of this commit, in dist/, for this release of Debian
	@.ci/packages debhelper dpkg-dev
	install/package

test: $(INSTALLED_FOR_TESTS) ## the tests, on WORKERS processes (3: many of them wait), against real servers on loopback
	@.ci/packages $(PACKAGES)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -o faulthandler_timeout=180 -m "not proof"

prove: $(INSTALLED_FOR_TESTS) ## the long tests
	@.ci/packages $(PACKAGES) debhelper dpkg-dev debootstrap nodejs npm
	$(BIN)/python -m pytest -m proof

lint: $(INSTALLED_FOR_TESTS) ## style, types, the import contract, and whether the pinned versions fit together
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pip check

format: $(INSTALLED_FOR_TESTS) ## puts the code into shape
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

docs: $(INSTALLED_FOR_TESTS) ## the documentation as a site, in site/; what of it is made of the code is made anew
	$(BIN)/python -m tests.docs.generated
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

bench: $(INSTALLED) ## password sign-ins a second, beside pyrad, FreeRADIUS and the bare libraries (4 minutes)
	@.ci/packages gcc libc6-dev freeradius slapd
	$(BIN)/python bench/password_speed.py

bench-mfa: $(INSTALLED) ## sign-ins with a mailed code or an app's, beside FreeRADIUS and privacyIDEA, which CACHE keeps (7 minutes)
	@.ci/packages gcc libc6-dev freeradius freeradius-python3
	$(BIN)/python bench/mfa_speed.py --cache $(CACHE)

bench-beside: $(INSTALLED) ## this checkout beside COMMIT: sign-ins a second, and what each takes of the loop's thread (3 minutes)
	@.ci/packages gcc libc6-dev
	$(BIN)/python bench/beside.py --commit $(COMMIT)

bench-held: $(INSTALLED) ## what 10,000 held requests cost, and how soon a click is an Accept (2 minutes)
	@.ci/packages gcc libc6-dev
	$(BIN)/python bench/held_requests.py

bench-groups: $(INSTALLED) ## users in groups in groups, looked up by this checkout beside COMMIT (2 minutes)
	@.ci/packages samba samba-ad-provision
	$(BIN)/python bench/nested_groups.py --commit $(COMMIT)

bench-mail: $(INSTALLED_FOR_TESTS) ## codes through Debian's mail servers; held requests by mail, beside COMMIT=d83d05f (6 minutes)
	@.ci/packages gcc libc6-dev
	$(BIN)/python bench/mail_servers.py
	$(BIN)/python bench/held_by_mail.py --commit $(COMMIT)

bench-sms: $(INSTALLED_FOR_TESTS) ## SMS a second over one SMPP connection, and until their receipts are in the audit (1 minute)
	$(BIN)/python bench/sms_smpp.py

clean: ## removes what these targets made, but no database and no key
	rm -rf $(VENV) build dist site *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(SOURCES) bench -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "radiusd needs Python 3.11 or newer; say which with PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

$(INSTALLED): $(REQUIREMENTS) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(INSTALLED_FOR_TESTS): $(REQUIREMENTS) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,docs]'
	@touch $@ $(INSTALLED)
