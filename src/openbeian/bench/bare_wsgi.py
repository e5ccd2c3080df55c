"""The process of the bare server: granian serves ``application``."""

import django

django.setup()

from openbeian.bench.bare import application  # noqa: E402, models can be loaded only now

__all__ = ["application"]
