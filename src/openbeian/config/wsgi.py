"""The application of the web processes."""

import os

from django.core.wsgi import get_wsgi_application

from openbeian.runtime.database import WEB_STATEMENT_SECONDS, limit_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "openbeian.config.settings")
limit_connections(statement_seconds=WEB_STATEMENT_SECONDS)
application = get_wsgi_application()
