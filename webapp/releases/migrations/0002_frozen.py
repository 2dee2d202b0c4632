from django.db import migrations, models

RELEASE_STAYS = """
CREATE FUNCTION crosscope_release_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'release % stays: DELETE refused', OLD.number
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF (NEW.number, NEW.name, NEW.notes, NEW.policy, NEW.created_by_id, NEW.created_at)
     IS DISTINCT FROM
     (OLD.number, OLD.name, OLD.notes, OLD.policy, OLD.created_by_id, OLD.created_at) THEN
    RAISE EXCEPTION 'release % is frozen: UPDATE refused', OLD.number
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF OLD.state = 'ready' AND
     (NEW.state, NEW.audit, NEW.manifest_sha256, NEW.built_at, NEW.error)
     IS DISTINCT FROM
     (OLD.state, OLD.audit, OLD.manifest_sha256, OLD.built_at, OLD.error) THEN
    RAISE EXCEPTION 'release % is ready for good: UPDATE refused', OLD.number
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER releases_release_stays BEFORE UPDATE OR DELETE ON releases_release
  FOR EACH ROW EXECUTE FUNCTION crosscope_release_stays();
"""

# Numbers run from 1 to policy.items and are unique, so a frozen release has no room for more.
RELEASE_IS_FULL = """
CREATE FUNCTION crosscope_release_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE room integer;
BEGIN
  SELECT (policy->>'items')::integer INTO room FROM releases_release WHERE id = NEW.release_id;
  IF NEW.number < 1 OR NEW.number > COALESCE(room, 0) THEN
    RAISE EXCEPTION 'release has % items: number % refused', COALESCE(room, 0), NEW.number
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER releases_releaseitem_in_range BEFORE INSERT ON releases_releaseitem
  FOR EACH ROW EXECUTE FUNCTION crosscope_release_is_full();
"""


class Migration(migrations.Migration):
    dependencies = [("releases", "0001_initial")]

    operations = [
        migrations.AddField("releaseitem", "facts", models.JSONField(default=dict)),
        migrations.RunSQL(
            RELEASE_STAYS,
            "DROP TRIGGER releases_release_stays ON releases_release;"
            "DROP FUNCTION crosscope_release_stays();",
        ),
        migrations.RunSQL(
            RELEASE_IS_FULL,
            "DROP TRIGGER releases_releaseitem_in_range ON releases_releaseitem;"
            "DROP FUNCTION crosscope_release_is_full();",
        ),
    ]
