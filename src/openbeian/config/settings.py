"""Settings of an OpenBeian instance, made from the environment (`openbeian.config.environment`).

Importing them starts nothing: the command line finds or starts the database (`openbeian.runtime.setup`). An instance
that is not ``production`` makes up its own keys, once.
"""

import os
from pathlib import Path
from typing import Any

from openbeian.config.environment import read_environment
from openbeian.regime.quotas import Quotas
from openbeian.runtime.database import embedded_server, settings_from_url, var_directory
from openbeian.runtime.keys import own_secrets

environment = read_environment()
OPENBEIAN_INSTANCE: str = environment["OPENBEIAN_INSTANCE"]
PRODUCTION = OPENBEIAN_INSTANCE == "production"
PACKAGE = Path(__file__).resolve().parent.parent
VAR = var_directory()

if PRODUCTION:
    SECRET_KEY = environment["OPENBEIAN_SECRET_KEY"]
    OPENBEIAN_KEYS = environment["OPENBEIAN_KEYS_FILE"]
else:
    _secrets = own_secrets(VAR)
    SECRET_KEY = _secrets["secret_key"]
    OPENBEIAN_KEYS = _secrets["keys"]

DEBUG = False
ALLOWED_HOSTS = environment["OPENBEIAN_HOSTS"] or []
OPENBEIAN_BASE_URL: str = environment["OPENBEIAN_BASE_URL"]
if OPENBEIAN_BASE_URL.startswith("https://"):
    CSRF_TRUSTED_ORIGINS = [OPENBEIAN_BASE_URL]
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
#: Where each province's V3.0 interface is reached, with its credentials; keyed by province code. A demonstration
#: derives them for the simulated administration (``OPENBEIAN_SIMULATOR_URL``).
OPENBEIAN_AUTHORITY: dict[str, dict[str, Any]] = environment["OPENBEIAN_AUTHORITY_FILE"] or {}
# Settings of the rooms under the variables' names. See docs/reference/settings.md.
OPENBEIAN_SIMULATOR_URL: str = environment["OPENBEIAN_SIMULATOR_URL"]
OPENBEIAN_POLL_SECONDS: float = environment["OPENBEIAN_POLL_SECONDS"]
OPENBEIAN_FACE_CHECK: str = environment["OPENBEIAN_FACE_CHECK"]
OPENBEIAN_AUDIT_AUTOMATIC: int | None = environment["OPENBEIAN_AUDIT_AUTOMATIC"]
OPENBEIAN_CERTIFICATION_AUTOMATIC: int | None = environment["OPENBEIAN_CERTIFICATION_AUTOMATIC"]
OPENBEIAN_CERTIFICATION_REQUIRED: bool = environment["OPENBEIAN_CERTIFICATION_REQUIRED"]
OPENBEIAN_FILINGS_PER_SUBJECT: Quotas = environment["OPENBEIAN_FILINGS_PER_SUBJECT"]
OPENBEIAN_PUSH_TO_PRIVATE_ADDRESSES: bool = environment["OPENBEIAN_PUSH_TO_PRIVATE_ADDRESSES"]
OPENBEIAN_PUSH_RETRY_SECONDS: tuple[int, ...] = environment["OPENBEIAN_PUSH_RETRY_SECONDS"]
OPENBEIAN_TRUSTED_PROXIES: list[str] = environment["OPENBEIAN_TRUSTED_PROXIES"] or []
OPENBEIAN_CALLS_PER_MINUTE: int = environment["OPENBEIAN_CALLS_PER_MINUTE"]
OPENBEIAN_DAILY_LIMITS: dict[str, int] = environment["OPENBEIAN_DAILY_LIMITS"]
OPENBEIAN_WORKER_HEARTBEAT: float = environment["OPENBEIAN_WORKER_HEARTBEAT"]
OPENBEIAN_WEB_WORKERS: int = environment["OPENBEIAN_WEB_WORKERS"] or (min(os.cpu_count() or 1, 4) if PRODUCTION else 1)

INSTALLED_APPS = [
    "openbeian.ledger",
    "openbeian.accounts",
    "openbeian.filings",
    "openbeian.review",
    "openbeian.authority",
    "openbeian.register",
    "openbeian.shelf",
    "openbeian.notices",
    "openbeian.certification",
    "openbeian.wechat",
    "openbeian.portal",
    "openbeian.desk",
    *([] if PRODUCTION else ["openbeian.simulator", "openbeian.demo"]),
    *(["openbeian.sandbox"] if OPENBEIAN_INSTANCE == "sandbox" else []),
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "openbeian.web.machines.ForMachines",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "openbeian.portal.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "openbeian.config.urls"
WSGI_APPLICATION = "openbeian.config.wsgi.application"
TEMPLATES = [{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "DIRS": [PACKAGE / "templates"],
    "APP_DIRS": True,
    "OPTIONS": {"context_processors": [
        "django.template.context_processors.request",
        "django.template.context_processors.i18n",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]},
}]

DATABASES = {"default": environment["DATABASE_URL"] or settings_from_url(embedded_server().url())}
if OPENBEIAN_INSTANCE == "test":
    # Append-only tables refuse TRUNCATE; the test runner has to empty them between tests.
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c openbeian.reset=on"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
if PRODUCTION:
    AUTH_PASSWORD_VALIDATORS = [{"NAME": f"django.contrib.auth.password_validation.{name}"} for name in (
        "UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")]
if OPENBEIAN_INSTANCE == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "/accounts/login/"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "openbeian.portal.login.AccountAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
SMTP: dict[str, Any] | None = environment["OPENBEIAN_SMTP_URL"]
if SMTP:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    globals().update(SMTP)
    DEFAULT_FROM_EMAIL = SERVER_EMAIL = environment["OPENBEIAN_MAIL_FROM"]
else:
    # Mails hold what nobody else may read, such as the link that sets a new password: no log is a place for them.
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR / "mail"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [PACKAGE / "static"]
STATIC_ROOT = VAR / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["openbeian.web.multipart.AnyFileName"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "openbeian.logs.Formatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": environment["OPENBEIAN_LOG_LEVEL"]},
    "loggers": {
        "django.request": {"level": "ERROR"},  # refusals are ordinary answers
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # anybody may write any Host
    },
}
