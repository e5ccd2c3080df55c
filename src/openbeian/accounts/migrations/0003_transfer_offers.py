import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_access'),
    ]

    operations = [
        migrations.CreateModel(
            name='TransferOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('appid', models.CharField(max_length=32)),
                ('addressee_sealed', models.BinaryField()),
                ('state', models.CharField(choices=[('open', '等待对方接受'), ('accepted', '已接受'), ('declined', '已拒绝'), ('withdrawn', '已撤回'), ('lapsed', '已过期')], default='open', max_length=9)),
                ('offered_at', models.DateTimeField()),
                ('lapses_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('offered_by', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='offers_made', to=settings.AUTH_USER_MODEL)),
                ('recipient', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='offers_received', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'open')), fields=['recipient'], name='accounts_offer_received'), models.Index(condition=models.Q(('state', 'open')), fields=['lapses_at'], name='accounts_offer_lapses')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('offered_by', 'appid'), name='accounts_one_open_offer'), models.CheckConstraint(condition=models.Q(('state', 'open'), ('ended_at__isnull', False), _connector='XOR'), name='accounts_offer_ended')],
            },
        ),
    ]
