"""All settings. An operator's choice is an environment variable (config.env), a company's choice is a
column, a constant stands beside its use."""

import re
from pathlib import Path
from typing import Any

from django.utils.csp import CSP

from config import database, env, logs, mail

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = env.environment()
PRODUCTION = ENVIRONMENT == "production"
DEBUG = False

CHANGELOG = (BASE_DIR / "CHANGELOG.md").read_text(encoding="utf-8")
_released = re.search(r"^## (\d+\.\d+\.\d+)", CHANGELOG, re.MULTILINE)
VERSION = _released[1] if _released else "0.0.0"

# Secrets
SECRET_KEY = env.secret("GATEHOUSE_SECRET_KEY")
SECRET_KEY_FALLBACKS = env.csv("GATEHOUSE_SECRET_KEY_FALLBACKS")
GATEHOUSE_PEPPER = env.secret("GATEHOUSE_PEPPER").encode()
GATEHOUSE_KEYRING = env.secret("GATEHOUSE_KEYRING")

# Where we answer
GATEHOUSE_PORT = env.integer("GATEHOUSE_PORT", 8000)
GATEHOUSE_BASE_URL = env.text("GATEHOUSE_BASE_URL", f"http://127.0.0.1:{GATEHOUSE_PORT}").rstrip("/")
IS_HTTPS = GATEHOUSE_BASE_URL.startswith("https://")
ALLOWED_HOSTS = env.csv("GATEHOUSE_ALLOWED_HOSTS") or (
    [re.sub(r"^https?://|:\d+$", "", GATEHOUSE_BASE_URL)] + ([] if PRODUCTION else ["127.0.0.1", "localhost", "[::1]"])
)
CSRF_TRUSTED_ORIGINS = [GATEHOUSE_BASE_URL] if IS_HTTPS else []
# Addresses or networks of the proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.
GATEHOUSE_TRUSTED_PROXIES = env.csv("GATEHOUSE_TRUSTED_PROXIES")

# Throttle of the wire (tenants.throttling): requests per minute and how many may come at once. A resource server asks
# about a token with every call it gets, so these stop a runaway, not a busy API; outside production they leave room for
# load tools. Failures have their own, much lower.
GENEROUS = 1 if PRODUCTION else 10
GATEHOUSE_CONSUMER_PER_MINUTE = env.integer("GATEHOUSE_CONSUMER_PER_MINUTE", 60_000 * GENEROUS, minimum=1)
GATEHOUSE_CONSUMER_BURST = env.integer("GATEHOUSE_CONSUMER_BURST", 2_000 * GENEROUS, minimum=1)
GATEHOUSE_ADDRESS_PER_MINUTE = env.integer("GATEHOUSE_ADDRESS_PER_MINUTE", 120_000 * GENEROUS, minimum=1)
GATEHOUSE_ADDRESS_BURST = env.integer("GATEHOUSE_ADDRESS_BURST", 4_000 * GENEROUS, minimum=1)
GATEHOUSE_FAILURES_PER_MINUTE = env.integer("GATEHOUSE_FAILURES_PER_MINUTE", 20, minimum=1)
GATEHOUSE_FAILURES_BURST = env.integer("GATEHOUSE_FAILURES_BURST", 20, minimum=1)

# Whether apps on this very machine, without HTTPS, may be called (back-channel logout): for trying things out.
GATEHOUSE_OUTBOUND_LOOPBACK = env.boolean("GATEHOUSE_OUTBOUND_LOOPBACK", ENVIRONMENT == "development")

DATABASES = {"default": database.databases(database.current_role())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "config",
    "tenants",
    "accounts",
    "permissions",
    "consumers",
    "authorizations",
    "oauth",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "oauth2_provider",
    "rest_framework",
    "drf_spectacular",
    "guardian",
    "django_filters",
    "django_tables2",
    "django_htmx",
]

MIDDLEWARE = [
    "config.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "oauth.doors.WireMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "tenants.middleware.TenantMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "accounts.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "tenants.middleware.TenantScopeMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
FORMS_URLFIELD_ASSUME_HTTPS = True

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "accounts.context.frame",
            ],
            "builtins": ["tenants.templatetags.gatehouse"],
            # In the place of the package's own, which draws an icon anew each time.
            "libraries": {"lucide": "tenants.templatetags.icons"},
        },
    }
]

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "oauth.adapters.AccountAdapter"
USERSESSIONS_ADAPTER = "oauth.adapters.UserSessionsAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_FORMS = {
    "login": "accounts.sign_in_forms.SignInForm",
    "reset_password": "accounts.sign_in_forms.ForgottenPasswordForm",
    "reset_password_from_key": "accounts.sign_in_forms.NewPasswordForm",
    "change_password": "accounts.sign_in_forms.ChangePasswordForm",
    "reauthenticate": "accounts.sign_in_forms.ConfirmForm",
}
# Sign-in lockout: by address, and by account together with address, so nobody can lock out somebody else.
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "20/m/ip,5/5m/key"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
# Nobody signs up by themselves. allauth notes an address as unverified when a new password is asked for, which
# anybody may do for anybody: that must not keep the person from a second factor.
MFA_ALLOW_UNVERIFIED_EMAIL = True

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"

CACHES = {
    # Shared by all nodes: allauth counts failed sign-ins in it.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "gatehouse_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

MAILERS = mail.mailers(env.optional_secret("GATEHOUSE_EMAIL_URL"))
DEFAULT_FROM_EMAIL = env.text("GATEHOUSE_EMAIL_FROM", "gatehouse@localhost")

# Languages (Portuguese is Brazilian)
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español"), ("pt-br", "Português"), ("fr", "Français")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Files
FILE_UPLOAD_HANDLERS = [
    "consumers.logos.UploadLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / ".local" / "static" if PRODUCTION else None
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = False
if PRODUCTION:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }

# What a browser may do with our pages
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}
SECURE_CONTENT_TYPE_NOSNIFF = True
# "no-referrer" would make browsers send "Origin: null" with our own forms, which the CSRF check refuses.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_HSTS_SECONDS = 31536000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False

# django-oauth-toolkit: its six models are ours from the first migration; its views are never mounted.
OAUTH2_PROVIDER_APPLICATION_MODEL = "consumers.Consumer"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "authorizations.AccessToken"  # noqa: S105
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "authorizations.RefreshToken"  # noqa: S105
OAUTH2_PROVIDER_GRANT_MODEL = "authorizations.AuthorizationCode"
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "authorizations.IDToken"  # noqa: S105
OAUTH2_PROVIDER_DEVICE_GRANT_MODEL = "authorizations.DeviceCode"
OAUTH2_PROVIDER = {
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
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["oauth.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["permissions.rest.ScopePermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["permissions.rest.BoundedJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "permissions.rest.Pages",
    "DEFAULT_SCHEMA_CLASS": "permissions.resource.Described",
    "EXCEPTION_HANDLER": "config.errors.api_exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Gatehouse management API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "PREPROCESSING_HOOKS": ["config.api.canonical_addresses"],
    "POSTPROCESSING_HOOKS": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}

DJANGO_TABLES2_TEMPLATE = "elements/table.html"
SILENCED_SYSTEM_CHECKS = [
    # Whether every neighbour below the domain speaks HTTPS, only its owner knows.
    "security.W005",
    "security.W021",
    # The front answers plain HTTP: it sends readers on, and refuses what posts a secret in the clear.
    "security.W008",
]

LOGGING = logs.configuration(env.text("GATEHOUSE_LOG_LEVEL", "INFO").upper())
