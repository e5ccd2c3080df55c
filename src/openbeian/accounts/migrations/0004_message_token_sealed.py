from django.db import migrations, models

from openbeian import vault

PURPOSE = "client.message_token"


def seal(apps, schema_editor):
    for client in apps.get_model("accounts", "ApiClient").objects.all():
        client.message_token_sealed = vault.seal(client.token.encode(), purpose=PURPOSE)
        client.save(update_fields=["message_token_sealed"])


def unseal(apps, schema_editor):
    for client in apps.get_model("accounts", "ApiClient").objects.all():
        client.token = vault.unseal(bytes(client.message_token_sealed), purpose=PURPOSE).decode()
        client.save(update_fields=["token"])


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_transfer_offers'),
    ]

    operations = [
        migrations.AddField(
            model_name='apiclient',
            name='message_token_sealed',
            field=models.BinaryField(default=b''),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='apiclient',
            name='token',
            field=models.CharField(default='', max_length=64),
        ),
        migrations.RunPython(seal, unseal),
        migrations.RemoveField(
            model_name='apiclient',
            name='token',
        ),
    ]
