"""Secrets of second factors can be encrypted under a new key."""

from collections.abc import Callable

from pydantic import SecretStr

from servicekit.db.database import Database
from servicekit.web.loop_thread import LoopThread
from services.gateway.app import rewrap
from services.gateway.settings import GatewaySettings
from services.gateway.storage.second_factor_tables import ENCRYPTED
from services.gateway.tests.conftest import KEYRING
from services.gateway.tests.members import Client, Member
from services.gateway.tests.second_factors import challenge, complete, set_up

Rows = Callable[..., list[dict[str, object]]]
NEW_KEY = "second:bmV3ZXIta2V5LW9mLXRoZS10ZXN0cy0zMi1ieXRlcyE="


def test_every_encrypted_column_is_rewrapped(rows: Rows, client: Client) -> None:
    stored = rows(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name LIKE '%\\_encrypted'"
    )
    named = {(column.table.name, column.column) for column in ENCRYPTED}
    assert {(row["table_name"], row["column_name"]) for row in stored} == named


def test_codes_are_accepted_after_the_secrets_were_rewrapped(
    client: Client,
    member: Member,
    settings: GatewaySettings,
    loop: LoopThread,
    database: Database,
    rows: Rows,
) -> None:
    app = set_up(client, member, rows)
    for keyring, key in ((f"{NEW_KEY},{KEYRING}", "second"), (f"{KEYRING},{NEW_KEY}", "first")):
        changed = settings.model_copy(update={"keyring": SecretStr(keyring)})
        loop.run(rewrap(changed, database))
        [stored] = rows("SELECT * FROM second_factors WHERE user_id = :u", u=member.id)
        assert str(stored["secret_encrypted"]).startswith(f"v1.{key}.")
    assert complete(client, challenge(client, member), app.code).status_code == 200
