import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_invitation'),
        ('escalation', '0002_calendars_and_shares'),
        ('sla', '0001_initial'),
        ('tickets', '0016_found_by_step'),
        ('workflow', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='chain',
            name='when',
            field=models.CharField(blank=True, choices=[('', 'at any time'), ('inside', 'only in the hours of'), ('outside', 'only outside of the hours of')], default='', help_text='What comes due at another time waits for the next time that fits.', max_length=8, verbose_name='at what time'),
        ),
        migrations.AddField(
            model_name='chain',
            name='when_calendar',
            field=models.ForeignKey(blank=True, help_text='Its holidays count as outside of its hours.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sla.calendar', verbose_name='this calendar'),
        ),
        migrations.AddConstraint(
            model_name='chain',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('when', ''), ('when_calendar', None)), models.Q(models.Q(('when', ''), _negated=True), ('when_calendar__isnull', False)), _connector='OR'), name='chain_time_has_a_calendar', violation_error_message='Choose the time and its calendar, or neither.'),
        ),
    ]
