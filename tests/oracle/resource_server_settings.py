"""A stock DRF project that is a resource server of one of our companies: django-oauth-toolkit asks our introspection
endpoint about every token (docs/differences-to-django-oauth-toolkit.md)."""

import os

from tests.oracle.database import default

ISSUER = os.environ["ORACLE_ISSUER"]
CACHING_SECONDS = 1


def is_for_our_company(request_uri: str, audiences: list[str]) -> bool:
    return f"{ISSUER}/api" in audiences


SECRET_KEY = os.environ["ORACLE_SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
ROOT_URLCONF = "tests.oracle.resource_server_urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": default()}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider", "rest_framework"]
# The tables straight from the models: a second instead of thirty migrations.
MIGRATION_MODULES = dict.fromkeys(("auth", "contenttypes", "oauth2_provider"))
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["oauth2_provider.contrib.rest_framework.OAuth2Authentication"],
    "DEFAULT_PERMISSION_CLASSES": ["oauth2_provider.contrib.rest_framework.TokenHasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
OAUTH2_PROVIDER = {
    "RESOURCE_SERVER_INTROSPECTION_URL": f"{ISSUER}/oauth/introspect",
    "RESOURCE_SERVER_INTROSPECTION_CREDENTIALS": (os.environ["ORACLE_CLIENT_ID"], os.environ["ORACLE_CLIENT_SECRET"]),
    "RESOURCE_SERVER_TOKEN_CACHING_SECONDS": CACHING_SECONDS,
    "RESOURCE_SERVER_TOKEN_RESOURCE_VALIDATOR": "tests.oracle.resource_server_settings.is_for_our_company",
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
}
