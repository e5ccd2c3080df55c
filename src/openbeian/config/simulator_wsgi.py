"""The application of the process that simulates the administration."""

import os

from django.core.wsgi import get_wsgi_application

from openbeian.runtime.database import WEB_STATEMENT_SECONDS, limit_connections

os.environ["DJANGO_SETTINGS_MODULE"] = "openbeian.config.simulator_settings"
limit_connections(statement_seconds=WEB_STATEMENT_SECONDS)
application = get_wsgi_application()
