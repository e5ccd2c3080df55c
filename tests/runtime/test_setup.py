"""What is to be done to a database before it can be used."""

import pytest
from django.db import connection

from openbeian.runtime.setup import pending_migrations


@pytest.mark.django_db
def test_a_newer_database_that_has_all_we_need_is_up_to_date() -> None:
    """Older processes go on while a newer release has already migrated."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('shelf', '0009_later', '2030-01-01Z')")
    assert pending_migrations() == []
