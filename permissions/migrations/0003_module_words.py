"""Words of a module inside a sentence, and which modules are Gatehouse itself."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("permissions", "0002_fences")]

    operations = [
        migrations.AddField("Module", "nouns", models.JSONField(default=dict)),
        migrations.AddField("Module", "is_own", models.BooleanField(default=False)),
    ]
