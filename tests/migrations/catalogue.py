"""What PostgreSQL itself says of a schema, as text that two databases can be compared by."""

from typing import TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_SCHEMA = """
SELECT 'column' AS kind, c.relname || '.' || a.attname AS name,
       concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' END,
                 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), nullif(a.attidentity, ''), nullif(a.attgenerated, ''))
       AS text
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'alembic_version'
UNION ALL
SELECT 'table', relname, concat_ws(' ', relkind::text, relpersistence::text, reloptions::text)
FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'S') AND relname <> 'alembic_version'
UNION ALL
SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'
UNION ALL
SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
  AND conrelid <> 0 AND conrelid::regclass::text <> 'alembic_version'
UNION ALL
SELECT 'function', proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL
SELECT 'type', typname, typtype::text FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
UNION ALL
SELECT 'trigger', tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
"""


async def schema(connection: Connection) -> dict[tuple[str, str], str]:
    """Everything that the schema is made of, by kind and name; the order of columns does not count."""
    return {(row["kind"], row["name"]): row["text"] for row in await connection.fetch(_SCHEMA)}


async def columns(connection: Connection) -> dict[str, set[str]]:
    """The columns of every table."""
    found: dict[str, set[str]] = {}
    statement = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    for table, column in await connection.fetch(statement):
        found.setdefault(table, set()).add(column)
    return found


async def contents(connection: Connection, of: dict[str, set[str]] | None = None) -> dict[str, str]:
    """What every table holds; with `of`, what these tables hold in these columns."""
    every = await columns(connection)
    sign = "count(*) || ':' || coalesce(sum(hashtextextended((to_jsonb(t) - $1::text[])::text, 0)), 0)"
    return {
        name: await connection.fetchval(f"SELECT {sign} FROM {name} t", [*(every[name] - known)])
        for name, known in (of or every).items()
    }
