#!/usr/bin/env bash
# Replace the data of the platform of docker-compose.yml by a backup: `deploy/compose/restore.sh BACKUP`.
# On a new host, first put the .env of the old one in place. `--yes` as the second argument asks nothing.
set -euo pipefail
backup=$(realpath "${1:?name the folder of the backup}")
cd "$(dirname "$0")/../.."

(cd "$backup" && sha256sum --check --quiet SHA256SUMS)
if [ "${2:-}" != --yes ]; then
  read -r -p "All data of this installation is replaced by $backup. Type yes: " answer
  [ "$answer" = yes ] || { echo "Nothing was changed."; exit 1; }
fi

docker compose down --timeout=60
# shellcheck disable=SC2016 (the container expands it)
docker compose run --rm --no-deps -T --user=postgres --entrypoint=bash postgres -ec \
  'rm -rf "$PGDATA"; mkdir -p -m 0700 "$PGDATA"; tar --extract --gzip --directory="$PGDATA"' \
  < "$backup/postgres.tar.gz"
docker compose run --rm --no-deps -T --entrypoint=tar messaging \
  --extract --gzip --directory=/var/lib/smsblaster < "$backup/messages.tar.gz"

# What was sent since the backup must not be sent again (docs/operations.md, "Postgres came back older").
docker compose up --detach --wait postgres
for service in campaigns messaging; do
  docker compose exec -T --user=postgres postgres psql --username=postgres --dbname="$service" \
    --quiet --single-transaction --set=ON_ERROR_STOP=1 < "deploy/after_restore/$service.sql"
done
docker compose up --detach --wait
cat <<'TEXT'
Restored. All sending is held, and campaigns that were running are paused. Now, in this order:
1. In Stripe, resend the events since the backup. Each payment is credited once.
2. List what was lost, and decide about each paused campaign: docs/operations.md, "Postgres came back older",
   from step 5 on. Its last step releases sending.
TEXT
