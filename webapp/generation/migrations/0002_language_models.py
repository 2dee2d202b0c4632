import django.db.models.deletion
import django.db.models.functions.datetime
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models

from webapp.core.insert_only import insert_only


class Migration(migrations.Migration):

    dependencies = [
        ('generation', '0001_initial'),
        ('items', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ProbeFit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('report', models.JSONField()),
                ('weights', models.BinaryField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.AddField(
            model_name='batch',
            name='budget_usd',
            field=models.DecimalField(decimal_places=6, default=Decimal('0'), max_digits=12),
        ),
        migrations.AddField(
            model_name='batch',
            name='progress',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='batch',
            name='reserved_usd',
            field=models.DecimalField(decimal_places=6, default=Decimal('0'), max_digits=12),
        ),
        migrations.AddField(
            model_name='batch',
            name='resume_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='batch',
            name='pauses',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='batch',
            name='spent_usd',
            field=models.DecimalField(decimal_places=6, default=Decimal('0'), max_digits=12),
        ),
        migrations.AddField(
            model_name='screening',
            name='answers',
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='screening',
            name='calls',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='screening',
            name='verdict',
            field=models.CharField(choices=[('holds', 'Holds'), ('leaks', 'Leaks'), ('none', 'no verdict')], default='none', max_length=5),
        ),
        # What was screened before had a verdict of two values; it keeps it.
        migrations.RunSQL(
            "UPDATE generation_screening SET verdict = CASE WHEN leaks THEN 'leaks' ELSE 'holds' END",
            "UPDATE generation_screening SET leaks = (verdict = 'leaks')",
        ),
        migrations.RemoveField(
            model_name='screening',
            name='leaks',
        ),
        migrations.AddField(
            model_name='slot',
            name='pool',
            field=models.CharField(choices=[('fixed', 'Fixed'), ('free', 'Free')], default='fixed', max_length=5),
        ),
        migrations.AddField(
            model_name='slot',
            name='twin_group',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name='batch',
            name='state',
            field=models.CharField(choices=[('queued', 'Queued'), ('running', 'Running'), ('paused', 'Paused'), ('done', 'Done'), ('cancelled', 'Cancelled'), ('failed', 'Failed')], db_index=True, default='queued', max_length=10),
        ),
        migrations.AlterField(
            model_name='screening',
            name='correct',
            field=models.FloatField(null=True),
        ),
        migrations.CreateModel(
            name='Call',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64, unique=True)),
                ('slot_number', models.PositiveIntegerField(null=True)),
                ('stage', models.CharField(db_index=True, max_length=20)),
                ('provider', models.CharField(max_length=20)),
                ('model', models.CharField(max_length=100)),
                ('model_id', models.CharField(max_length=200)),
                ('prompt', models.CharField(max_length=120)),
                ('request', models.JSONField()),
                ('outcome', models.CharField(choices=[('sent', 'in flight'), ('ok', 'answered'), ('refused', 'Refused'), ('blocked', 'Blocked'), ('truncated', 'cut off'), ('malformed', 'Malformed'), ('failed', 'Failed')], db_index=True, default='sent', max_length=10)),
                ('provider_status', models.CharField(blank=True, max_length=100)),
                ('reply', models.TextField(blank=True)),
                ('error', models.TextField(blank=True)),
                ('prompt_tokens', models.PositiveIntegerField(default=0)),
                ('completion_tokens', models.PositiveIntegerField(default=0)),
                ('reserved_usd', models.DecimalField(decimal_places=6, default=Decimal('0'), max_digits=12)),
                ('cost_usd', models.DecimalField(decimal_places=6, default=Decimal('0'), max_digits=12)),
                ('latency_s', models.FloatField(null=True)),
                ('sendings', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), db_index=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('batch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='generation.batch')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='Constraint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('dimension', models.CharField(choices=[('A', 'Correspondence'), ('B', 'Confirmation'), ('C', 'Localization'), ('D', 'Explanation'), ('E', 'Diagnosis')], db_index=True, max_length=1)),
                ('kind', models.CharField(db_index=True, max_length=30)),
                ('origin', models.CharField(choices=[('learned', 'Learned'), ('written', 'Written')], max_length=10)),
                ('fingerprint', models.CharField(editable=False, max_length=64)),
                ('state', models.CharField(choices=[('active', 'Active'), ('retired', 'Retired')], db_index=True, default='active', max_length=10)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('dimension', 'id'),
                'constraints': [models.UniqueConstraint(fields=('dimension', 'kind', 'fingerprint'), name='constraint_once')],
            },
        ),
        migrations.CreateModel(
            name='ConstraintVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('text', models.TextField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('constraint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='generation.constraint')),
            ],
            options={
                'ordering': ('constraint_id', 'number'),
            },
        ),
        migrations.CreateModel(
            name='Lesson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('adversary', models.CharField(max_length=100)),
                ('analysis', models.TextField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('call', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='generation.call')),
                ('constraint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lessons', to='generation.constraint')),
                ('revision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lessons', to='items.revision')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.AddField(
            model_name='batch',
            name='probe',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='generation.probefit'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('spent_usd__gte', 0), ('reserved_usd__gte', 0)), name='batch_within_budget'),
        ),
        migrations.AddIndex(
            model_name='call',
            index=models.Index(fields=['batch', 'outcome'], name='generation__batch_i_f0c6e5_idx'),
        ),
        migrations.AddIndex(
            model_name='call',
            index=models.Index(fields=['provider', 'created_at'], name='generation__provide_9cccff_idx'),
        ),
        migrations.AddConstraint(
            model_name='constraintversion',
            constraint=models.UniqueConstraint(fields=('constraint', 'number'), name='version_number_once'),
        ),
        migrations.AddConstraint(
            model_name='lesson',
            constraint=models.UniqueConstraint(fields=('constraint', 'revision', 'adversary'), name='lesson_once'),
        ),
        insert_only("generation_constraintversion"),
        insert_only("generation_lesson"),
    ]
