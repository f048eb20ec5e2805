#!/usr/bin/env bash
# Creates the databases, the role that owns them and migrates, and each service's role, which only
# reads and writes rows. The Postgres image runs it once, on an empty volume.
# Row-level security applies to these roles: none is a superuser, no service's role can open the
# database of another or change a table.
set -euo pipefail

# Passwords go through the environment: arguments are visible to everybody on the machine.
ROLE_PASSWORD="${OWNER_DB_PASSWORD:?is missing}" psql --set=ON_ERROR_STOP=1 --quiet --no-psqlrc \
  --username="${POSTGRES_USER:-postgres}" --dbname=postgres <<'SQL'
\getenv password ROLE_PASSWORD
CREATE ROLE smsblaster_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'password';
SQL

for service in billing campaigns contacts gateway messaging webhooks; do
  password_name="${service^^}_DB_PASSWORD"
  ROLE_PASSWORD="${!password_name:?is missing}" psql --set=ON_ERROR_STOP=1 --quiet --no-psqlrc \
    --username="${POSTGRES_USER:-postgres}" --dbname=postgres --set=service="$service" <<'SQL'
\getenv password ROLE_PASSWORD
CREATE ROLE :"service" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE :"service" OWNER smsblaster_owner;
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"service" TO :"service";
SQL
done
