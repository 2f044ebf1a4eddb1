# One image for the web nodes, the worker and the migrations; what it does is chosen by its command.
FROM python:3.13-slim-bookworm AS build
WORKDIR /app
RUN python -m venv /venv
COPY requirements/production.txt requirements/production.txt
RUN /venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements/production.txt
COPY . .
# Settings want secrets to load; these protect nothing and stay in this step.
RUN GATEHOUSE_ENV=production GATEHOUSE_BASE_URL=https://build.invalid GATEHOUSE_SECRET_KEY=unused-while-collecting-static-files-0123456789 \
    GATEHOUSE_PEPPER=unused-while-collecting-static-files-0123456789 GATEHOUSE_KEYRING=build:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    /venv/bin/python manage.py collectstatic --no-input --verbosity 0

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin gatehouse
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GATEHOUSE_ENV=production \
    GATEHOUSE_HOST=0.0.0.0 \
    GATEHOUSE_PORT=8000
USER 10001
EXPOSE 8000
CMD ["python", "manage.py", "serve"]
