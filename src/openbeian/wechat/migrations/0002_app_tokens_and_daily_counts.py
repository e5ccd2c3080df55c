import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_access'),
        ('wechat', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='AppToken',
            fields=[
                ('digest', models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ('stable_sealed', models.BinaryField(null=True)),
                ('issued_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('secret', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to='accounts.appsecret')),
            ],
            options={
                'indexes': [models.Index(fields=['expires_at'], name='wechat_appt_expires_idx')],
            },
        ),
        migrations.CreateModel(
            name='DailyCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('appid', models.CharField(max_length=32)),
                ('call', models.CharField(max_length=40)),
                ('day', models.DateField()),
                ('used', models.PositiveIntegerField()),
            ],
            options={
                'indexes': [models.Index(fields=['day'], name='wechat_daily_day_idx')],
                'constraints': [models.UniqueConstraint(fields=('appid', 'call', 'day'), name='wechat_one_daily_count')],
            },
        ),
    ]
