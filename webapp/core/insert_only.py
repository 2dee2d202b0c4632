"""Tables that only grow: triggers that refuse UPDATE, DELETE and TRUNCATE."""

from django.db import migrations

CREATE_FUNCTION = """
CREATE OR REPLACE FUNCTION crosscope_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is insert-only: % refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'restrict_violation';
END $$;
"""


def refuse_change_function() -> migrations.RunSQL:
    return migrations.RunSQL(CREATE_FUNCTION, "DROP FUNCTION crosscope_refuse_change();")


def insert_only(table: str) -> migrations.RunSQL:
    """A migration step after which the table's rows can neither be changed nor removed."""
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}
          FOR EACH ROW EXECUTE FUNCTION crosscope_refuse_change();
        CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
          FOR EACH STATEMENT EXECUTE FUNCTION crosscope_refuse_change();
        """,
        f"""
        DROP TRIGGER {table}_no_change ON {table};
        DROP TRIGGER {table}_no_truncate ON {table};
        """,
    )
