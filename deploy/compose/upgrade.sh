#!/usr/bin/env bash
# Change to the release that is checked out: `git checkout v1.2.3 && deploy/compose/upgrade.sh FOLDER`.
# FOLDER gets a backup first. The release before works on the new schema, so going back needs no restore.
set -euo pipefail
folder=${1:?name the folder for the backups}
cd "$(dirname "$0")/../.."

deploy/compose/backup.sh "$folder"
python3 deploy/compose/new_env.py --add
docker compose build
for service in billing contacts messaging campaigns webhooks gateway; do
  docker compose run --rm "$service-migrate"
done
if ! docker compose up --detach --wait --remove-orphans; then
  echo "Not everything is healthy: see docker compose ps, and docker compose logs NAME." >&2
  echo "To go back, check out the release before and run: docker compose up --build --detach --wait" >&2
  exit 1
fi
docker image prune --force --filter=label=org.opencontainers.image.title=SMSBlaster
