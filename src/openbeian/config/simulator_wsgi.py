"""The process of the simulated administration: granian serves ``application``."""

import os

from django.core.wsgi import get_wsgi_application

from openbeian.web.bodies import with_whole_body

os.environ["DJANGO_SETTINGS_MODULE"] = "openbeian.config.simulator_settings"
application = with_whole_body(get_wsgi_application())
