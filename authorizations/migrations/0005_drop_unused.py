"""The tables of codes and refresh tokens as they were before anything wrote to them; 0006 makes them anew."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("authorizations", "0004_of_consumer")]

    operations = [
        migrations.DeleteModel("AuthorizationCode"),
        migrations.DeleteModel("RefreshToken"),
        migrations.DeleteModel("DeviceCode"),
    ]
