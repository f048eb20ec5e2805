#!/usr/bin/env bash
# Gives the databases of an earlier release, whose tables the services' roles own, to a role of their
# own, with which migrations then run. The services go on meanwhile. It can be run again.
# It needs the superuser (PGHOST, PGPORT, PGPASSWORD, and PGUSER if it is not postgres) and OWNER_DB_PASSWORD.
set -euo pipefail

ROLE_PASSWORD="${OWNER_DB_PASSWORD:?is missing}" psql --set=ON_ERROR_STOP=1 --quiet --no-psqlrc \
  --username="${PGUSER:-postgres}" --dbname=postgres <<'SQL'
\getenv password ROLE_PASSWORD
SELECT 'CREATE ROLE smsblaster_owner NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'smsblaster_owner')
\gexec
ALTER ROLE smsblaster_owner LOGIN PASSWORD :'password';
SQL

for service in billing campaigns contacts gateway messaging webhooks; do
  # In one transaction, so that no statement of a service fails. It waits at most five seconds for
  # the tables; if they are busy for longer, run the script again.
  psql --set=ON_ERROR_STOP=1 --quiet --no-psqlrc --single-transaction \
    --username="${PGUSER:-postgres}" --dbname="$service" --set=service="$service" <<'SQL'
SET LOCAL lock_timeout = '5s';
REASSIGN OWNED BY :"service" TO smsblaster_owner;
GRANT CONNECT, TEMPORARY ON DATABASE :"service" TO :"service";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"service";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO :"service";
SQL
done
