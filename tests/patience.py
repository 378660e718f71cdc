"""How long tests wait for what happens sooner or later: a busy machine may stand still for seconds."""

# Of a connection to PostgreSQL, in place of the house's own limits. What happens to those who wait too long has tests
# of its own, on `Database.apart`, which has the house's settings.
PATIENT = {"lock_timeout": "30s", "statement_timeout": "60s", "idle_in_transaction_session_timeout": "60s"}
