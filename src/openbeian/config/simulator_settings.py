"""Settings of the simulated administration: its own doors, on its own tables of a demonstration's database."""

from openbeian.config.settings import *  # noqa: F403
from openbeian.config.settings import PRODUCTION, TEMPLATES

if PRODUCTION:
    raise SystemExit("a production instance has no simulated administration; set OPENBEIAN_INSTANCE=demo to try one")

ROOT_URLCONF = "openbeian.config.simulator_urls"
WSGI_APPLICATION = "openbeian.config.simulator_wsgi.application"
# A counterparty: of the platform's rooms it loads only the ledger, for the clock it shares with it.
INSTALLED_APPS = ["openbeian.ledger", "openbeian.simulator", "django.contrib.staticfiles"]
# The ministry's interface is called by programs and its pages have no log-in: no sessions, no cookies.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "openbeian.portal.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [{**TEMPLATES[0], "OPTIONS": {"context_processors": [
    "django.template.context_processors.request",
    "django.template.context_processors.i18n",
]}}]
