#!/usr/bin/env bash
# Back up the platform of docker-compose.yml while it runs: `deploy/compose/backup.sh FOLDER`, once a day
# from cron. FOLDER gets a folder with the time as its name, and the newest KEEP of them (14) stay.
# Copy FOLDER to another machine. Keep a copy of .env elsewhere: it is not in the backup, and without
# its KEYRING nobody can read the stored Twilio tokens.
set -euo pipefail
umask 077
folder=$(realpath "${1:?name the folder for the backups}")
cd "$(dirname "$0")/../.."

unfinished="$folder/.unfinished"
rm -rf "$unfinished"
mkdir -p "$unfinished"

# All six databases at one moment. They come first: a month that is archived meanwhile is then in both
# parts, and never in none.
docker compose exec -T --user=postgres postgres pg_basebackup --username=postgres --pgdata=- \
  --format=tar --wal-method=fetch --checkpoint=fast | gzip > "$unfinished/postgres.tar.gz"
# The archive and the exports.
docker compose run --rm --no-deps -T --entrypoint=tar messaging \
  --create --directory=/var/lib/smsblaster messages | gzip > "$unfinished/messages.tar.gz"
(cd "$unfinished" && sha256sum ./*.tar.gz > SHA256SUMS)

backup="$folder/$(date -u +%Y%m%dT%H%M%SZ)"
mv --no-target-directory "$unfinished" "$backup"
find "$folder" -mindepth 1 -maxdepth 1 -name '2*Z' | sort | head -n "-${KEEP:-14}" | xargs -r rm -r --
echo "Backed up to $backup."
