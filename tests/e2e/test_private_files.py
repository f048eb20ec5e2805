"""Other OS users can't read the files of a platform."""

from tests.fixtures.modes import open_to_others
from tests.fixtures.platform import Platform, audience
from tests.fixtures.waiting import wait_until_sync


def test_no_file_of_the_platform_can_be_read_by_other_users(platform: Platform) -> None:
    """The platform was started with the umask 000, and has already written files of all kinds."""
    organisation = platform.organisation()
    organisation.api.post("/api/sms/send", {"to": audience(1)[0], "message": "Hi"})
    export = organisation.api.post("/api/history/exports", {})

    def is_done() -> bool:
        found = organisation.api.get(f"/api/history/exports/{export['id']}")
        return bool(found["status"] == "done")

    wait_until_sync(is_done, timeout=60)
    root = platform.stack.state.root
    kept = {path.name for path in root.rglob("*")}
    assert {f"{export['id']}.csv", "simulator.db", "simulator.log", "secrets.json"} <= kept
    assert open_to_others(root) == {}
