"""Emptying the test database after a test that commits: insert-only tables refuse TRUNCATE, so
their triggers rest for that one transaction.
"""

from collections.abc import Iterable

from django.db.backends.base.operations import BaseDatabaseOperations

SWITCH = """
DO $$ DECLARE one regclass; BEGIN
  FOR one IN SELECT DISTINCT tgrelid::regclass FROM pg_trigger
             WHERE tgfoid = 'crosscope_refuse_change'::regproc
  LOOP EXECUTE format('ALTER TABLE %s {} TRIGGER USER', one); END LOOP;
END $$
"""

_execute_sql_flush = BaseDatabaseOperations.execute_sql_flush


def _execute_with_triggers_at_rest(self: BaseDatabaseOperations, sql_list: Iterable[str]) -> None:
    steps = [SWITCH.format("DISABLE"), *sql_list, SWITCH.format("ENABLE")]
    _execute_sql_flush(self, steps)


def allow_flush_of_insert_only_tables() -> None:
    BaseDatabaseOperations.execute_sql_flush = _execute_with_triggers_at_rest  # type: ignore[method-assign]
