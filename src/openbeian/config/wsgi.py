"""The web process: granian serves ``application``."""

import os

from django.core.wsgi import get_wsgi_application

from openbeian.config.bodies import with_whole_body

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "openbeian.config.settings")

application = with_whole_body(get_wsgi_application())
