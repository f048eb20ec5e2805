"""Web pages of other origins can't reach the simulator through a browser."""

import pytest

from simulator.tests.conftest import LiveSimulator


@pytest.mark.parametrize("path", ["/sim/faults", "/sim/behaviour", "/faults", "/phones"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_page_of_another_origin_cannot_post(
    sim: LiveSimulator, path: str, headers: dict[str, str]
) -> None:
    async with sim.http.post(path, headers=headers) as response:
        assert response.status == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8082", "127.0.0.1.evil.example"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_page_with_another_host_name_is_refused(
    sim: LiveSimulator, method: str, host: str
) -> None:
    headers = {"Host": host, "Origin": f"http://{host}"}
    async with sim.http.request(method, "/sim/faults", headers=headers) as response:
        assert response.status == 403


async def test_the_simulators_own_pages_and_programs_are_served(sim: LiveSimulator) -> None:
    for headers in ({"Origin": sim.url}, {"Sec-Fetch-Site": "same-origin"}, {}):
        async with sim.http.delete("/sim/faults", headers=headers) as response:
            assert response.status < 300
    for host in ("localhost", "simulator:8082", "[::1]:8082", "10.0.0.7"):
        async with sim.http.get("/", headers={"Host": host}) as response:
            assert response.status == 200
