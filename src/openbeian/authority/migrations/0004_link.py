"""The two ways of a lane rest by themselves; tasks, code tables, the province's records, reconciliation."""

import django.db.models.deletion
from django.db import migrations, models

GUARD = """
CREATE OR REPLACE FUNCTION authority_guard_upload() RETURNS trigger LANGUAGE plpgsql AS $guard$
DECLARE
    before bigint;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'uploads are not deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        SELECT max(sequence) INTO before FROM authority_upload WHERE province = NEW.province;
        IF before IS NOT NULL AND NEW.sequence <> before + 1 THEN
            RAISE EXCEPTION 'upload %% of lane %% leaves a gap', NEW.sequence, NEW.province
                USING ERRCODE = 'check_violation';
        END IF;
    ELSIF (NEW.province, NEW.sequence, NEW.order_id, %(new)sNEW.operation, NEW.record_key, NEW.created_at)
        IS DISTINCT FROM (OLD.province, OLD.sequence, OLD.order_id, %(old)sOLD.operation, OLD.record_key, OLD.created_at)
    THEN
        RAISE EXCEPTION 'what an upload carries does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $guard$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('authority', '0003_seen'),
        ('filings', '0002_kinds'),
    ]

    operations = [
        migrations.CreateModel(
            name='CodeDifference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('table', models.CharField(help_text='Our table, such as subject_types', max_length=40)),
                ('code', models.CharField(max_length=20)),
                ('ours', models.CharField(max_length=400, null=True)),
                ('theirs', models.CharField(max_length=400, null=True)),
                ('province', models.CharField(max_length=6)),
                ('at', models.DateTimeField()),
                ('verdict', models.CharField(blank=True, choices=[('accepted', 'accepted'), ('rejected', 'rejected')], max_length=8)),
                ('judged_at', models.DateTimeField(null=True)),
                ('judged_by', models.CharField(blank=True, max_length=80)),
            ],
        ),
        migrations.CreateModel(
            name='ProvinceRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('province', models.CharField(max_length=6)),
                ('service_id', models.CharField(help_text='Wzid', max_length=40)),
                ('subject_id', models.CharField(help_text='Ztid', max_length=40)),
                ('access_id', models.CharField(blank=True, help_text='Jrid of our access', max_length=40)),
                ('subject_number', models.CharField(blank=True, max_length=40)),
                ('service_number', models.CharField(max_length=48)),
                ('appid', models.CharField(blank=True, max_length=64)),
                ('sealed', models.BinaryField()),
                ('confirmed_at', models.DateTimeField()),
                ('cancelled_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Reconciliation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('province', models.CharField(max_length=6)),
                ('at', models.DateTimeField()),
                ('held', models.IntegerField(help_text='Services in force in our register')),
                ('told', models.IntegerField(help_text="Services in force by the province's word")),
                ('resynchronised_at', models.DateTimeField(null=True)),
                ('differences', models.JSONField(default=list)),
                ('repaired', models.IntegerField(default=0)),
            ],
        ),
        migrations.RenameField(
            model_name='lane',
            old_name='paused_until',
            new_name='poll_after',
        ),
        migrations.RenameField(
            model_name='lane',
            old_name='last_error_code',
            new_name='poll_error',
        ),
        migrations.AddField(
            model_name='challenge',
            name='reminders',
            field=models.SmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='inboxfile',
            name='purged_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='lane',
            name='halted_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='lane',
            name='poll_failures',
            field=models.IntegerField(default=0),
        ),
        migrations.AddField(
            model_name='lane',
            name='poll_hours',
            field=models.CharField(blank=True, max_length=11),
        ),
        migrations.AddField(
            model_name='lane',
            name='resynchronised_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='lane',
            name='send_after',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='lane',
            name='send_error',
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name='lane',
            name='send_failures',
            field=models.IntegerField(default=0),
        ),
        migrations.AddField(
            model_name='lane',
            name='send_hours',
            field=models.CharField(blank=True, max_length=11),
        ),
        migrations.AddField(
            model_name='unmatched',
            name='applied_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='unmatched',
            name='category',
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='upload',
            name='purged_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='upload',
            name='operation',
            field=models.SmallIntegerField(help_text='Czlx, 0 for the answer to a task'),
        ),
        migrations.AlterField(
            model_name='upload',
            name='order',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='uploads', to='filings.order'),
        ),
        migrations.AlterField(
            model_name='upload',
            name='state',
            field=models.CharField(choices=[('prepared', 'Prepared'), ('delivered', 'Delivered'), ('accepted', 'Accepted'), ('refused', 'Refused'), ('given_up', 'Given Up')], default='prepared', max_length=10),
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('province', models.CharField(max_length=6)),
                ('kind', models.CharField(choices=[('verify', '核实任务'), ('unfiled', '未备案服务'), ('illegal_access', '非法接入黑名单'), ('check', '核查结果'), ('rectify', '整改通知')], max_length=16)),
                ('key', models.CharField(max_length=160)),
                ('appid', models.CharField(blank=True, max_length=32)),
                ('sealed', models.BinaryField()),
                ('received_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(null=True)),
                ('due_provisional', models.BooleanField(default=False)),
                ('done_at', models.DateTimeField(null=True)),
                ('done_by', models.CharField(blank=True, max_length=80)),
                ('answer_sealed', models.BinaryField(null=True)),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='authority.inboxfile')),
            ],
        ),
        migrations.AddField(
            model_name='upload',
            name='assignment',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='uploads', to='authority.assignment'),
        ),
        migrations.AddConstraint(
            model_name='upload',
            constraint=models.CheckConstraint(condition=models.Q(('order__isnull', True), ('assignment__isnull', True), _connector='XOR'), name='authority_upload_of_one'),
        ),
        migrations.AddField(
            model_name='codedifference',
            name='file',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='authority.inboxfile'),
        ),
        migrations.AddIndex(
            model_name='provincerecord',
            index=models.Index(fields=['province', 'subject_id'], name='authority_mirror_subject'),
        ),
        migrations.AddIndex(
            model_name='provincerecord',
            index=models.Index(fields=['province', 'access_id'], name='authority_mirror_access'),
        ),
        migrations.AddConstraint(
            model_name='provincerecord',
            constraint=models.UniqueConstraint(fields=('province', 'service_id'), name='authority_mirror_once'),
        ),
        migrations.AddIndex(
            model_name='reconciliation',
            index=models.Index(fields=['province', '-id'], name='authority_reconciled'),
        ),
        migrations.AddIndex(
            model_name='assignment',
            index=models.Index(condition=models.Q(('done_at', None)), fields=['due_at'], name='authority_to_do'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.UniqueConstraint(fields=('province', 'kind', 'key'), name='authority_assignment_once'),
        ),
        migrations.AddConstraint(
            model_name='codedifference',
            constraint=models.UniqueConstraint(fields=('table', 'code', 'theirs'), name='authority_code_difference_once', nulls_distinct=False),
        ),
        migrations.RunSQL(
            GUARD % {"new": "NEW.assignment_id, ", "old": "OLD.assignment_id, "}, GUARD % {"new": "", "old": ""}),
    ]
