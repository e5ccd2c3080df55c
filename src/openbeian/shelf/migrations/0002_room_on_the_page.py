"""Room on every page of the catalogue for the rows a sweep rewrites, and no index nobody uses.

A row that finds room on its own page is rewritten without touching an index (HOT). Django's second index on a text
key serves LIKE searches, which nobody makes.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("shelf", "0001_initial")]
    operations = [
        migrations.RunSQL(
            """
ALTER TABLE shelf_miniprogram SET (fillfactor = 85);
DROP INDEX IF EXISTS shelf_miniprogram_appid_588e7e3a_like;
""",
            """
ALTER TABLE shelf_miniprogram RESET (fillfactor);
CREATE INDEX shelf_miniprogram_appid_588e7e3a_like ON shelf_miniprogram (appid varchar_pattern_ops);
""",
        ),
    ]
