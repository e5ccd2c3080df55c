"""The web process: granian serves ``application``."""

import os

from django.core.wsgi import get_wsgi_application

from openbeian.web.bodies import with_whole_body
from openbeian.web.slashes import with_single_slashes

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "openbeian.config.settings")

application = with_single_slashes(with_whole_body(get_wsgi_application()))
