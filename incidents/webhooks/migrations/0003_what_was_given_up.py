from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0002_endpoint_manager")]

    operations = [
        migrations.AddIndex("post", models.Index(
            fields=["due_at"], condition=Q(state="failed"), name="webhook_failed",
        )),
    ]
