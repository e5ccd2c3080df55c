"""The process of the simulated administration: granian serves ``application``."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "openbeian.config.simulator_settings"
application = get_wsgi_application()
