"""The web process: granian serves ``rsgi``, which runs ``application`` in its threads."""

import os

from django.core.wsgi import get_wsgi_application

from openbeian.web.bridge import Bridge

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "openbeian.config.settings")

application = get_wsgi_application()
rsgi = Bridge(application, threads=8)
