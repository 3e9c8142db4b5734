from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0017_text_changed_at"),
    ]

    operations = [
        migrations.AddField(
            model_name="article",
            name="text_number",
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
    ]
