"""The application of the process that simulates the administration."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "openbeian.config.simulator_settings"
application = get_wsgi_application()
