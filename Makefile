# make run    everything on this machine: database, demo world, web
# make test   every check and every test
# make bench  what a token costs (PERFORMANCE)
# make example-resource-server   a protected API beside make run (examples/resource_server)
# make example-app               a third-party program that reads it (examples/third_party_app)
# make example-web-app, example-browser-app, example-cli   apps that people let in (examples/)
# make messages       words to translate, collected from the source (locale/)
# make requirements   the pinned packages, after editing requirements/*.in
.PHONY: run test bench example-resource-server example-app example-web-app example-browser-app example-cli messages requirements
.SILENT:

PYTHON := .local/venv/bin/python
BOOTSTRAP := command -v python3 >/dev/null || { echo "python3 (3.11 or newer) is missing."; exit 1; }; python3 tools/bootstrap.py

run:
	$(BOOTSTRAP) && exec $(PYTHON) manage.py up

test:
	$(BOOTSTRAP) && exec $(PYTHON) tools/check.py

bench:
	$(BOOTSTRAP) && exec $(PYTHON) -m benchmarks

example-resource-server:
	$(BOOTSTRAP) && exec $(PYTHON) examples/resource_server/server.py

example-app:
	$(BOOTSTRAP) && exec $(PYTHON) examples/third_party_app/app.py

example-web-app:
	$(BOOTSTRAP) && exec $(PYTHON) examples/web_app/app.py

example-browser-app:
	$(BOOTSTRAP) && exec $(PYTHON) examples/browser_app/server.py

example-cli:
	$(BOOTSTRAP) && exec $(PYTHON) examples/cli_app/app.py

messages:
	$(BOOTSTRAP) && exec $(PYTHON) tools/translations.py --collect

requirements:
	$(BOOTSTRAP) && exec $(PYTHON) tools/requirements.py
