
import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Blob',
            fields=[
                ('digest', models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ('sealed', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='Organizer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('certificate_digest', models.BinaryField(max_length=32, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name='FaceCheck',
            fields=[
                ('task_id', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('appid', models.CharField(max_length=32)),
                ('state', models.SmallIntegerField(choices=[(0, 'Not Started'), (1, 'Waiting'), (2, 'Failed'), (3, 'Passed')], default=0)),
                ('created_at', models.DateTimeField()),
                ('usable_until', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('with_certification', models.BooleanField(default=False)),
            ],
            options={
                'indexes': [models.Index(fields=['appid', 'created_at'], name='filings_fac_appid_dcd3c3_idx')],
            },
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('first_filing', 'first_filing'), ('new_service', 'new_service'), ('new_access', 'new_access'), ('change_subject', 'change_subject'), ('change_service', 'change_service'), ('change_both', 'change_both'), ('cancel_subject', 'cancel_subject'), ('cancel_service', 'cancel_service'), ('cancel_access', 'cancel_access')], max_length=20)),
                ('state', models.CharField(choices=[('draft', 'draft'), ('platform_review', 'platform_review'), ('returned', 'returned'), ('handover', 'handover'), ('sms_pending', 'sms_pending'), ('sms_lapsed', 'sms_lapsed'), ('authority_review', 'authority_review'), ('authority_rejected', 'authority_rejected'), ('filed', 'filed'), ('cancelled', 'cancelled'), ('withdrawn', 'withdrawn'), ('expired', 'expired')], default='draft', max_length=20)),
                ('version', models.IntegerField(default=1)),
                ('appid', models.CharField(max_length=32)),
                ('province', models.CharField(blank=True, max_length=6)),
                ('lane', django.contrib.postgres.fields.ranges.BigIntegerRangeField(editable=False, null=True)),
                ('opened_at', models.DateTimeField()),
                ('opened_by', models.CharField(max_length=80)),
                ('state_since', models.DateTimeField()),
                ('due_at', models.DateTimeField(null=True)),
                ('due_provisional', models.BooleanField(default=False)),
                ('dossier_number', models.IntegerField(default=0)),
                ('draft_sealed', models.BinaryField(null=True)),
                ('account_sealed', models.BinaryField(null=True)),
                ('subject_number', models.CharField(blank=True, max_length=40)),
                ('service_number', models.CharField(blank=True, max_length=40)),
                ('province_subject_id', models.CharField(blank=True, max_length=40)),
                ('province_service_id', models.CharField(blank=True, max_length=40)),
                ('claimed_by', models.CharField(blank=True, max_length=80)),
                ('claimed_at', models.DateTimeField(null=True)),
                ('organizer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='filings.organizer')),
            ],
        ),
        migrations.CreateModel(
            name='Material',
            fields=[
                ('media_id', models.CharField(max_length=80, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('image', 'image'), ('video', 'video')], max_length=5)),
                ('content_type', models.CharField(max_length=20)),
                ('size_bytes', models.IntegerField()),
                ('certificate_type', models.IntegerField(null=True)),
                ('field', models.CharField(max_length=120)),
                ('appid', models.CharField(max_length=32)),
                ('created_at', models.DateTimeField()),
                ('blob', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='filings.blob')),
            ],
            options={
                'indexes': [models.Index(fields=['appid', 'created_at'], name='filings_mat_appid_58b8e8_idx')],
            },
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('dossier_number', models.IntegerField()),
                ('source', models.CharField(choices=[('rule', 'rule'), ('reviewer', 'reviewer'), ('authority', 'authority')], max_length=10)),
                ('rule', models.CharField(blank=True, max_length=40)),
                ('severity', models.CharField(max_length=10)),
                ('field', models.CharField(max_length=120)),
                ('reason_zh', models.TextField()),
                ('reason_en', models.TextField()),
                ('remedy_zh', models.TextField()),
                ('remedy_en', models.TextField()),
                ('clause', models.CharField(blank=True, max_length=200)),
                ('at', models.DateTimeField()),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='filings.order')),
            ],
            options={
                'indexes': [models.Index(fields=['order', 'dossier_number'], name='filings_fin_order_i_710fa1_idx')],
            },
        ),
        migrations.CreateModel(
            name='Dossier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.IntegerField()),
                ('sealed', models.BinaryField()),
                ('digest', models.BinaryField(max_length=32)),
                ('ruleset_version', models.CharField(max_length=20)),
                ('submitted_at', models.DateTimeField()),
                ('submitted_by', models.CharField(max_length=80)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='dossiers', to='filings.order')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('order', 'number'), name='filings_dossier_number')],
            },
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['state', 'state_since', 'id'], name='filings_ord_state_8d618b_idx'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['appid', 'id'], name='filings_ord_appid_d6e220_idx'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='filings_due'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['authority_rejected', 'authority_review', 'draft', 'handover', 'platform_review', 'returned', 'sms_lapsed', 'sms_pending'])), fields=('appid',), name='filings_one_open_order'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('lane', '&&')], name='filings_stand_alone'),
        ),
    ]
