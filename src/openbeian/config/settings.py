"""Settings of an OpenBeian instance. Everything an operator may set is an environment variable.

``OPENBEIAN_INSTANCE`` is ``production`` (the default), ``demo``, ``sandbox`` or ``test``. Only the last three
accept a clock setting and the simulated administration, and make up their own keys. See docs/reference/settings.md.
"""

import base64
import ipaddress
import json
import os
import secrets
from pathlib import Path
from typing import Any

from openbeian.regime.quotas import Quotas
from openbeian.runtime.database import database_settings, var_directory

INSTANCES = ("production", "demo", "sandbox", "test")
OPENBEIAN_INSTANCE = os.environ.get("OPENBEIAN_INSTANCE", "production")
if OPENBEIAN_INSTANCE not in INSTANCES:
    raise SystemExit(f"OPENBEIAN_INSTANCE must be one of {', '.join(INSTANCES)}, not {OPENBEIAN_INSTANCE!r}")
PRODUCTION = OPENBEIAN_INSTANCE == "production"

PACKAGE = Path(__file__).resolve().parent.parent
PROJECT = PACKAGE.parent.parent
VAR = var_directory()


def _yes_or_no(name: str, *, otherwise: bool) -> bool:
    """A switch; ``otherwise`` if it is not set or empty."""
    text = os.environ.get(name, "").strip().lower()
    if text in ("yes", "true", "on", "1"):
        return True
    if text in ("no", "false", "off", "0"):
        return False
    if text:
        raise SystemExit(f"{name} is yes or no, not {text!r}")
    return otherwise


def _seconds(name: str) -> int | None:
    """Seconds after which something happens by itself: at once in a demonstration, elsewhere never unless set."""
    text = os.environ.get(name, "0" if OPENBEIAN_INSTANCE == "demo" else "")
    if not (text.isascii() and f"0{text}".isdecimal()):
        raise SystemExit(f"{name} is a number of seconds or empty, not {text!r}")
    return int(text) if text else None


def _made_up_secrets() -> dict[str, Any]:
    """Keys of a demonstration: made once, kept under ``var/``, readable by the owner only."""
    path = VAR / "secrets.json"
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        pass
    made = {
        "secret_key": secrets.token_urlsafe(50),
        "keys": {
            "current": "k1",
            "keys": {"k1": base64.b64encode(secrets.token_bytes(32)).decode()},
            "digest": base64.b64encode(secrets.token_bytes(32)).decode(),
        },
    }
    VAR.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"secrets.{os.getpid()}.json")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(made, file)
    try:
        os.link(temporary, path)  # the first of several processes wins
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    return json.loads(path.read_text())


if PRODUCTION:
    try:
        SECRET_KEY = os.environ["OPENBEIAN_SECRET_KEY"]
        OPENBEIAN_KEYS = json.loads(Path(os.environ["OPENBEIAN_KEYS_FILE"]).read_text())
    except KeyError as missing:
        raise SystemExit(
            f"a production instance needs the environment variable {missing.args[0]}; "
            "see docs/how-to/production.md. To try OpenBeian out, set OPENBEIAN_INSTANCE=demo."
        ) from None
else:
    _secrets = _made_up_secrets()
    SECRET_KEY = _secrets["secret_key"]
    OPENBEIAN_KEYS = _secrets["keys"]

DEBUG = False
ALLOWED_HOSTS = [h for h in os.environ.get("OPENBEIAN_HOSTS", "").split(",") if h] or ([] if PRODUCTION else ["*"])
#: The address under which people and clients reach this instance; used in links that leave it.
OPENBEIAN_BASE_URL = os.environ.get("OPENBEIAN_BASE_URL", "http://127.0.0.1:8000")
if OPENBEIAN_BASE_URL.startswith("https://"):
    CSRF_TRUSTED_ORIGINS = [OPENBEIAN_BASE_URL]
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

#: Where each province's V3.0 interface is reached, with its credentials; keyed by province code.
#: A demonstration derives them for the simulated administration (``OPENBEIAN_SIMULATOR_URL``).
OPENBEIAN_SIMULATOR_URL = os.environ.get("OPENBEIAN_SIMULATOR_URL", "http://127.0.0.1:8001")
OPENBEIAN_AUTHORITY: dict[str, dict[str, Any]] = {}
if PRODUCTION and "OPENBEIAN_AUTHORITY_FILE" in os.environ:
    OPENBEIAN_AUTHORITY = json.loads(Path(os.environ["OPENBEIAN_AUTHORITY_FILE"]).read_text())
#: Seconds between two polls of a province's download queue.
OPENBEIAN_POLL_SECONDS = float(os.environ.get("OPENBEIAN_POLL_SECONDS", "60" if PRODUCTION else "1"))
#: A demonstration passes face checks by itself; production waits for the administrator. In a sandbox all that waits for
#: people, here and below, is taken up by `openbeian.sandbox`.
OPENBEIAN_FACE_CHECK = os.environ.get(
    "OPENBEIAN_FACE_CHECK", "page" if OPENBEIAN_INSTANCE in ("production", "sandbox") else "automatic")
#: Seconds after which a version passes the platform's audit of code by itself; None: people decide.
OPENBEIAN_AUDIT_AUTOMATIC = _seconds("OPENBEIAN_AUDIT_AUTOMATIC")
#: Seconds after which a certification passes its review by itself; None: people decide.
OPENBEIAN_CERTIFICATION_AUTOMATIC = _seconds("OPENBEIAN_CERTIFICATION_AUTOMATIC")
#: Whether a mini program has to be certified before it files.
OPENBEIAN_CERTIFICATION_REQUIRED = _yes_or_no("OPENBEIAN_CERTIFICATION_REQUIRED", otherwise=False)
#: How many services one organizer may have filed here: an individual, an individual business, any other unit.
_filings_per_subject = os.environ.get("OPENBEIAN_FILINGS_PER_SUBJECT", "5/5/50").split("/")
if len(_filings_per_subject) != 3 or not all(n.isascii() and n.isdecimal() and int(n) for n in _filings_per_subject):
    raise SystemExit(
        f"OPENBEIAN_FILINGS_PER_SUBJECT is three numbers from 1 on like 5/5/50, not {'/'.join(_filings_per_subject)!r}")
OPENBEIAN_FILINGS_PER_SUBJECT = Quotas(*map(int, _filings_per_subject))
#: Whether pushes may go to private and loopback addresses (a demonstration's clients are on this machine).
OPENBEIAN_PUSH_TO_PRIVATE_ADDRESSES = _yes_or_no("OPENBEIAN_PUSH_TO_PRIVATE_ADDRESSES", otherwise=not PRODUCTION)
#: Seconds to wait after each failed attempt at a push; after the last wait it is tried once more, then given up.
_push_retry = os.environ.get("OPENBEIAN_PUSH_RETRY_SECONDS", "5,30,120,600,1800,3600,7200").split(",")
if not all(n.isascii() and n.isdecimal() for n in _push_retry):
    raise SystemExit(
        f"OPENBEIAN_PUSH_RETRY_SECONDS is a list of whole numbers like 5,30,120, not {','.join(_push_retry)!r}")
OPENBEIAN_PUSH_RETRY_SECONDS = tuple(map(int, _push_retry))

#: Web processes that `openbeian up` starts. Each has eight threads with a connection to the database of its own, and
#: PostgreSQL takes a hundred by default.
_web_workers = os.environ.get("OPENBEIAN_WEB_WORKERS") or str(min(os.cpu_count() or 1, 4) if PRODUCTION else 1)
if not (_web_workers.isascii() and _web_workers.isdecimal() and int(_web_workers)):
    raise SystemExit(f"OPENBEIAN_WEB_WORKERS is a number from 1 on, not {_web_workers!r}")
OPENBEIAN_WEB_WORKERS = int(_web_workers)

#: Proxies whose ``X-Forwarded-For`` is believed: IP addresses and networks.
OPENBEIAN_TRUSTED_PROXIES = [a.strip() for a in os.environ.get("OPENBEIAN_TRUSTED_PROXIES", "").split(",") if a.strip()]
for _address in OPENBEIAN_TRUSTED_PROXIES:
    try:
        ipaddress.ip_network(_address)
    except ValueError:
        raise SystemExit(f"OPENBEIAN_TRUSTED_PROXIES: {_address!r} is neither an IP address nor a network") from None
#: How often a third-party platform, or a mini program, may make one call within a minute in one process; 0: no limit.
_calls_per_minute = os.environ.get("OPENBEIAN_CALLS_PER_MINUTE", "6000")
if not (_calls_per_minute.isascii() and _calls_per_minute.isdecimal()):
    raise SystemExit(f"OPENBEIAN_CALLS_PER_MINUTE is a whole number, not {_calls_per_minute!r}")
OPENBEIAN_CALLS_PER_MINUTE = int(_calls_per_minute)
#: How often a call may be made for one mini program on one day in Beijing. Calls that are not named have no limit.
OPENBEIAN_DAILY_LIMITS: dict[str, int] = {
    "apply_icp_filing": 5000, "upload_icp_media": 20000, "create_icp_verifytask": 2000, "submit_audit": 2000,
    "stable_token_force_refresh": 20,
}
for _limit in filter(None, os.environ.get("OPENBEIAN_DAILY_LIMITS", "").split(",")):
    _call, _, _number = (part.strip() for part in _limit.partition("="))
    if not (_call and _number.isascii() and _number.isdecimal()):
        raise SystemExit(f"OPENBEIAN_DAILY_LIMITS is a list like apply_icp_filing=100,submit_audit=20, not {_limit!r}")
    OPENBEIAN_DAILY_LIMITS[_call] = int(_number)

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

DATABASES = {"default": database_settings()}
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
EMAIL_BACKEND = os.environ.get("OPENBEIAN_EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")

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
FILE_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("OPENBEIAN_LOG_LEVEL", "WARNING")},
}
