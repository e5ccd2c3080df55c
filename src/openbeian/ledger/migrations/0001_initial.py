
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ClockSetting',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('instant', models.DateTimeField()),
                ('set_at', models.DateTimeField()),
                ('running', models.BooleanField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='ledger_one_clock')],
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('tag', models.CharField(max_length=64)),
                ('actor_role', models.CharField(max_length=16)),
                ('actor_id', models.CharField(max_length=80)),
                ('subject', models.CharField(max_length=80)),
                ('data', models.JSONField(default=dict)),
            ],
            options={
                'indexes': [models.Index(fields=['subject', 'id'], name='ledger_even_subject_5adcea_idx'), models.Index(fields=['tag', 'id'], name='ledger_even_tag_94938f_idx')],
            },
        ),
    ]
