#!/usr/bin/env bash
# Creates each service's role and its database. The Postgres image runs it once, on an empty volume.
# Row-level security applies to these roles: none is a superuser, none can open another's database.
set -euo pipefail

for service in billing campaigns contacts gateway messaging webhooks; do
  password_name="${service^^}_DB_PASSWORD"
  # The password goes through the environment: arguments are visible to everybody on the machine.
  ROLE_PASSWORD="${!password_name:?is missing}" psql --set=ON_ERROR_STOP=1 --quiet --no-psqlrc \
    --username="${POSTGRES_USER:-postgres}" --dbname=postgres --set=service="$service" <<'SQL'
\getenv password ROLE_PASSWORD
CREATE ROLE :"service" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service";
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
SQL
done
