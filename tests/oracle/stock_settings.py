"""Stock django-oauth-toolkit as an authorization server: its own models and views, every gate of RFC 9700 on."""

import os

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.oracle.database import default

SECRET_KEY = os.environ["ORACLE_SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
ROOT_URLCONF = "tests.oracle.stock_urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": default()}
# Whoever comes is Ana, who is signed in.
MIDDLEWARE = ["tests.oracle.somebody.SomebodyMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"]
# The tables straight from the models: a second instead of thirty migrations.
MIGRATION_MODULES = dict.fromkeys(("auth", "contenttypes", "oauth2_provider"))
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SIGNING_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SCOPES = ("assets:view", "work_orders:view", "consumers:delete", "openid", "profile", "email")
OAUTH2_PROVIDER = {
    "SCOPES": {scope: scope for scope in SCOPES},
    "DEFAULT_SCOPES": ["assets:view", "work_orders:view"],
    "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
    # Its default costs a third of a second; which hash it is changes no answer.
    "CLIENT_SECRET_HASHER": "md5",
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "OIDC_ENABLED": True,
    "OIDC_RSA_PRIVATE_KEY": SIGNING_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
    "OIDC_RP_INITIATED_LOGOUT_ENABLED": True,
    # Ours asks only those whose app can't show whom it sends.
    "OIDC_RP_INITIATED_LOGOUT_ALWAYS_PROMPT": False,
    "OAUTH_DEVICE_VERIFICATION_URI": "http://127.0.0.1/device/",
}
