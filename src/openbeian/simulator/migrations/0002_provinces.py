import django.db.models.deletion
from django.db import migrations, models

from openbeian import vault


def complete(apps, schema_editor):
    """What is on file gets its subject's data and our access; what waits for SMS gets the instant it will lapse."""
    Access, Province, Record, Service = (
        apps.get_model("simulator", name) for name in ("Access", "Province", "Record", "Service"))
    for service in Service.objects.order_by("pk"):
        filing = Record.objects.filter(operation=1, service=service).last()
        if filing is not None:
            data = vault.unseal_json(bytes(filing.sealed), purpose="simulator.record")
            service.subject.sealed = vault.seal_json({"zt_xx": data["zt_xx"]}, purpose="simulator.subject")
            service.subject.save()
        province = Province.objects.get(pk=service.subject.province_id)
        province.last_record += 1
        province.save()
        Access.objects.create(
            id=int(province.code[:2]) * 1_000_000_000 + province.last_record, service=service,
            filed_at=service.filed_at, cancelled_at=service.cancelled_at)
    for record in Record.objects.exclude(service=None):
        record.subject = record.service.subject
        record.save()
    Record.objects.filter(state="sms").update(due_at=models.F("sms_deadline"))


class Migration(migrations.Migration):

    dependencies = [
        ('simulator', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Access',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('provider', models.CharField(default='', max_length=64)),
                ('enterprise_id', models.BigIntegerField(null=True)),
                ('filed_at', models.DateTimeField()),
                ('cancelled_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Blacklisted',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('certificate_digest', models.BinaryField(unique=True)),
                ('since', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='PasswordCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number_digest', models.BinaryField()),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=8)),
                ('key', models.BigIntegerField(null=True)),
                ('sealed', models.BinaryField()),
                ('received_at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='service',
            name='simulator_service_in_force_once',
        ),
        migrations.RemoveConstraint(
            model_name='shortmessage',
            name='simulator_one_sms_a_mobile',
        ),
        migrations.AddField(
            model_name='outgoing',
            name='available_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='outgoing',
            name='passed_over',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='province',
            name='calls',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='province',
            name='changes',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='province',
            name='off',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='record',
            name='due_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='record',
            name='enterprise_id',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='record',
            name='name_digest',
            field=models.BinaryField(default=bytes),
        ),
        migrations.AddField(
            model_name='record',
            name='plan',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='record',
            name='scope',
            field=models.CharField(blank=True, default='', max_length=8),
        ),
        migrations.AddField(
            model_name='record',
            name='subject',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='simulator.subject'),
        ),
        migrations.AddField(
            model_name='record',
            name='upload',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='simulator.upload'),
        ),
        migrations.AddField(
            model_name='service',
            name='changed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='service',
            name='kind',
            field=models.IntegerField(default=7),
        ),
        migrations.AddField(
            model_name='settings',
            name='faults',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='settings',
            name='script',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='shortmessage',
            name='superseded',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='subject',
            name='changed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='subject',
            name='provider',
            field=models.CharField(default='', max_length=64),
        ),
        migrations.AddField(
            model_name='subject',
            name='sealed',
            field=models.BinaryField(default=bytes),
        ),
        migrations.AddField(
            model_name='upload',
            name='due_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='record',
            name='appid',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name='record',
            name='operation',
            field=models.IntegerField(choices=[(1, '新增备案'), (2, '新增服务'), (3, '新增接入'), (4, '变更备案'), (5, '取消接入'), (6, '注销主体'), (7, '注销服务')]),
        ),
        migrations.AlterField(
            model_name='record',
            name='sms_deadline',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='service',
            name='appid',
            field=models.CharField(blank=True, db_index=True, max_length=64),
        ),
        migrations.AddIndex(
            model_name='upload',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='simulator_upload_due'),
        ),
        migrations.AddConstraint(
            model_name='service',
            constraint=models.UniqueConstraint(condition=models.Q(('cancelled_at', None), models.Q(('appid', ''), _negated=True)), fields=('appid',), name='simulator_service_in_force_once'),
        ),
        migrations.AddConstraint(
            model_name='shortmessage',
            constraint=models.UniqueConstraint(condition=models.Q(('superseded', False)), fields=('record', 'mobile_digest'), name='simulator_one_code_a_mobile'),
        ),
        migrations.AddField(
            model_name='access',
            name='service',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accesses', to='simulator.service'),
        ),
        migrations.AddField(
            model_name='record',
            name='access',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='simulator.access'),
        ),
        migrations.AddIndex(
            model_name='record',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='simulator_record_due'),
        ),
        migrations.AddIndex(
            model_name='record',
            index=models.Index(fields=['name_digest'], name='simulator_record_name'),
        ),
        migrations.AddField(
            model_name='passwordcheck',
            name='province',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='simulator.province'),
        ),
        migrations.AddField(
            model_name='report',
            name='province',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='simulator.province'),
        ),
        migrations.AddField(
            model_name='report',
            name='upload',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='simulator.upload'),
        ),
        migrations.AddConstraint(
            model_name='access',
            constraint=models.UniqueConstraint(condition=models.Q(('cancelled_at', None)), fields=('service', 'provider'), name='simulator_access_in_force_once'),
        ),
        migrations.AddIndex(
            model_name='passwordcheck',
            index=models.Index(fields=['province', 'number_digest', 'at'], name='simulator_password_checks'),
        ),
        migrations.RunPython(complete, migrations.RunPython.noop),
    ]
