"""Sums of calls and of screenings, kept by triggers in the transaction of what they add up."""

import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models

ADD_CALLS = """
    INSERT INTO generation_callsum AS known
      (batch_id, stage, model, outcome, calls, prompt_tokens, completion_tokens, cost_usd)
    SELECT batch_id, stage, model, outcome, sum(one), sum(one * prompt_tokens),
           sum(one * completion_tokens), sum(one * cost_usd)
    FROM ({rows}) AS changed
    WHERE batch_id IS NOT NULL
    GROUP BY batch_id, stage, model, outcome
    ORDER BY batch_id, stage, model, outcome
    ON CONFLICT (batch_id, stage, model, outcome) DO UPDATE SET
      calls = known.calls + excluded.calls,
      prompt_tokens = known.prompt_tokens + excluded.prompt_tokens,
      completion_tokens = known.completion_tokens + excluded.completion_tokens,
      cost_usd = known.cost_usd + excluded.cost_usd;
"""
CAME = "SELECT 1 AS one, * FROM came"
WENT = "SELECT -1 AS one, * FROM went"

# A slot gets its item once, after the item's texts and their screenings were stored.
ADD_SCREENINGS = """
    INSERT INTO generation_screeningsum AS known
      (batch_id, adversary, dimension, round, final, screened, answered, correct, leaks)
    SELECT slot.batch_id, screening.adversary, slot.dimension, revision.number,
           revision.number = newest.number, count(*), count(screening.correct),
           coalesce(sum(screening.correct), 0),
           count(*) FILTER (WHERE screening.verdict = 'leaks')
    FROM {slots}
    JOIN LATERAL (
      SELECT max(number) AS number FROM items_revision WHERE item_id = slot.item_id
    ) AS newest ON true
    JOIN items_revision AS revision ON revision.item_id = slot.item_id
    JOIN generation_screening AS screening ON screening.revision_id = revision.id
    WHERE slot.item_id IS NOT NULL
    GROUP BY 1, 2, 3, 4, 5
    ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (batch_id, adversary, dimension, round, final) DO UPDATE SET
      screened = known.screened + excluded.screened,
      answered = known.answered + excluded.answered,
      correct = known.correct + excluded.correct,
      leaks = known.leaks + excluded.leaks;
"""
TIED = "came AS slot JOIN went ON went.id = slot.id AND went.item_id IS NULL"


def adds(name: str, table: str, event: str, seen: str, body: str) -> migrations.RunSQL:
    """A trigger that runs `body` once for each statement."""
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN {body} RETURN NULL; END $$;
        CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {seen}
          FOR EACH STATEMENT EXECUTE FUNCTION {name}();
        """,
        f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}();",
    )


NEW, OLD = "NEW TABLE AS came", "OLD TABLE AS went"


class Migration(migrations.Migration):

    dependencies = [
        ('generation', '0002_language_models'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CallSum',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stage', models.CharField(max_length=20)),
                ('model', models.CharField(max_length=100)),
                ('outcome', models.CharField(choices=[('sent', 'in flight'), ('ok', 'answered'), ('refused', 'Refused'), ('blocked', 'Blocked'), ('truncated', 'cut off'), ('malformed', 'Malformed'), ('failed', 'Failed')], max_length=10)),
                ('calls', models.BigIntegerField(default=0)),
                ('prompt_tokens', models.BigIntegerField(default=0)),
                ('completion_tokens', models.BigIntegerField(default=0)),
                ('cost_usd', models.DecimalField(decimal_places=6, default=Decimal('0'), max_digits=14)),
            ],
        ),
        migrations.CreateModel(
            name='ScreeningSum',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('adversary', models.CharField(max_length=100)),
                ('dimension', models.CharField(choices=[('A', 'Correspondence'), ('B', 'Confirmation'), ('C', 'Localization'), ('D', 'Explanation'), ('E', 'Diagnosis')], max_length=1)),
                ('round', models.PositiveIntegerField()),
                ('final', models.BooleanField()),
                ('screened', models.BigIntegerField(default=0)),
                ('answered', models.BigIntegerField(default=0)),
                ('correct', models.FloatField(default=0)),
                ('leaks', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.AddIndex(
            model_name='call',
            index=models.Index(fields=['batch', 'slot_number', 'stage'], name='generation__batch_i_fee047_idx'),
        ),
        migrations.AddField(
            model_name='callsum',
            name='batch',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='call_sums', to='generation.batch'),
        ),
        migrations.AddField(
            model_name='screeningsum',
            name='batch',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='screening_sums', to='generation.batch'),
        ),
        migrations.AddConstraint(
            model_name='callsum',
            constraint=models.UniqueConstraint(fields=('batch', 'stage', 'model', 'outcome'), name='call_sum_once'),
        ),
        migrations.AddConstraint(
            model_name='screeningsum',
            constraint=models.UniqueConstraint(fields=('batch', 'adversary', 'dimension', 'round', 'final'), name='screening_sum_once'),
        ),
        migrations.RunSQL(
            ADD_CALLS.format(rows="SELECT 1 AS one, * FROM generation_call"), migrations.RunSQL.noop
        ),
        migrations.RunSQL(
            ADD_SCREENINGS.format(slots="generation_slot AS slot"), migrations.RunSQL.noop
        ),
        adds("generation_call_came", "generation_call", "INSERT", NEW, ADD_CALLS.format(rows=CAME)),
        adds("generation_call_went", "generation_call", "DELETE", OLD, ADD_CALLS.format(rows=WENT)),
        adds(
            "generation_call_changed",
            "generation_call",
            "UPDATE",
            f"{OLD} {NEW}",
            ADD_CALLS.format(rows=f"{CAME} UNION ALL {WENT}"),
        ),
        adds(
            "generation_slot_tied",
            "generation_slot",
            "UPDATE",
            f"{OLD} {NEW}",
            ADD_SCREENINGS.format(slots=TIED),
        ),
    ]
