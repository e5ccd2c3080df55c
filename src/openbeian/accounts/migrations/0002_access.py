from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='AppSecret',
            fields=[
                ('appid', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('digest', models.BinaryField(max_length=32)),
                ('allowed_addresses', models.JSONField(blank=True, default=list, help_text='IP addresses and networks that tokens may be asked for from; empty: any.')),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='apiclient',
            name='allowed_addresses',
            field=models.JSONField(blank=True, default=list, help_text='IP addresses and networks that calls may come from; empty: any.'),
        ),
        migrations.AddField(
            model_name='apiclient',
            name='comment_length',
            field=models.CharField(choices=[('strict', 'strict'), ('lenient', 'lenient')], default='strict', help_text='Whether a service description outside 20 to 200 characters is refused; older documents had no limit.', max_length=7),
        ),
        migrations.AddField(
            model_name='apiclient',
            name='redirect_hosts',
            field=models.JSONField(blank=True, default=list, help_text='Hosts, with or without port, that the authorization page may return to.'),
        ),
    ]
