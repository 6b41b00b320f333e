from itertools import product
from urllib.parse import urlencode

import httpx2
import pytest

from tests.authorization_server.parties import (
    CALLBACK,
    ORIGIN,
    PUBLIC_ORIGIN,
    Agent,
    House,
    Person,
    answer_of,
    page_of,
    registered,
)
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


async def asked(http: httpx2.AsyncClient, parameters: dict[str, str]) -> httpx2.Response:
    return await http.get("/authorize", params=parameters)


async def error_of(agent: Agent, **changes: str | None) -> str:
    """The error that goes back to the agent: with its state, and with our name."""
    answer = answer_of(await asked(agent.http, agent.request(**changes)))
    assert (answer["state"], answer["iss"]) == ("a&b c", ORIGIN)
    assert "code" not in answer
    return answer["error"]


@requirement("A1")
@pytest.mark.parametrize("challenge", [None, "", "a", "a" * 42, "a" * 44, "a" * 42 + "="])
async def test_a_request_without_a_real_challenge_is_refused_and_not_kept(
    house: House, agent: Agent, challenge: str | None
) -> None:
    assert await error_of(agent, code_challenge=challenge) == "invalid_request"
    assert house.rows("select * from authorization_request") == []


@requirement("A2", "A3")
@pytest.mark.parametrize("method", [None, "plain", "s256", "S512"])
async def test_no_challenge_method_but_s256_is_taken(
    house: House, agent: Agent, method: str | None
) -> None:
    assert await error_of(agent, code_challenge_method=method) == "invalid_request"
    assert house.rows("select * from authorization_request") == []


@requirement("A9")
@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:5000/other",
        "http://localhost:5000/callback/",
        "http://localhost:5000/Callback",
        "http://localhost:5000/%63allback",
        "http://localhost:5000/callback?more=1",
        "http://localhost:5000/callback#part",
        "http://localhost:5000\\callback",
        "http://LOCALHOST:5000/callback",
        "http://localhost.:5000/callback",
        "http://localhost:5000@evil.example/callback",
        "http://me@localhost:5000/callback",
        "http://127.0.0.1:5000/callback",
        "https://localhost:5000/callback",
        "http://localhost:5000/x/../callback",
        "http://localhost:5000/x/%2e%2e/callback",
        "http://localhost:99999/callback",
        "http://[::1/callback",
        " http://localhost:5000/callback",
    ],
)
async def test_an_unregistered_redirect_uri_is_told_to_the_human_alone(
    agent: Agent, uri: str
) -> None:
    response = await asked(agent.http, agent.request(redirect_uri=uri))

    assert response.status_code == 400
    assert "location" not in response.headers


@requirement("A9")
async def test_the_page_about_a_wrong_redirect_names_its_host(agent: Agent) -> None:
    response = await asked(agent.http, agent.request(redirect_uri="https://evil.example/x"))

    assert "evil.example" in page_of(response).text


@requirement("A9")
@pytest.mark.parametrize("client_id", [None, "", "nobody", "a\x00b"])
async def test_an_unknown_client_is_told_to_the_human_alone(
    agent: Agent, client_id: str | None
) -> None:
    response = await asked(agent.http, agent.request(client_id=client_id))

    assert response.status_code == 400
    assert "location" not in response.headers


@requirement("A9")
async def test_a_redirect_uri_may_be_left_out_only_where_there_is_one(
    http: httpx2.AsyncClient, agent: Agent
) -> None:
    two = await registered(http, redirect_uris=[CALLBACK, "cursor://anysphere/callback"])

    assert (await asked(http, agent.request(redirect_uri=None))).status_code == 303
    assert (await asked(http, two.request(redirect_uri=None))).status_code == 400


@requirement("A11")
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
async def test_a_program_on_this_computer_may_come_back_on_any_port(
    http: httpx2.AsyncClient, host: str
) -> None:
    agent = await registered(http, f"http://{host}/callback?a=b")

    for port in ("", ":1", ":50123", ":65535"):
        uri = f"http://{host}{port}/callback?a=b"
        assert (await asked(http, agent.request(redirect_uri=uri))).status_code == 303
    for uri in (
        f"http://{host}:50123/other?a=b",
        f"http://{host}:50123/callback",
        f"http://{host}:50123/callback?a=b&c=d",
        f"http://{host}:65536/callback?a=b",
        f"http://{host}:/callback?a=b",
        f"http://{host}:50123:1/callback?a=b",
        f"http://{host}:1@evil.example/callback?a=b",
        f"http://{host}.evil.example/callback?a=b",
    ):
        assert (await asked(http, agent.request(redirect_uri=uri))).status_code == 400


@requirement("A11")
async def test_the_code_goes_to_the_port_that_was_asked_for(
    http: httpx2.AsyncClient, person: Person
) -> None:
    agent = await registered(http, "http://127.0.0.1/callback")
    agent.redirect_uri = "http://127.0.0.1:50123/callback"

    code = await person.approve(agent)

    assert (await agent.redeem(code)).status_code == 200


@requirement("A14")
async def test_only_the_response_type_code_is_known(agent: Agent) -> None:
    assert await error_of(agent, response_type="token") == "unsupported_response_type"
    assert await error_of(agent, response_type=None) == "invalid_request"
    assert await error_of(agent, response_mode="form_post") == "invalid_request"


@requirement("A14")
@pytest.mark.parametrize("name", ["scope", "code_challenge", "resource", "unheard_of"])
async def test_a_parameter_that_comes_twice_is_refused(agent: Agent, name: str) -> None:
    once = agent.request(unheard_of="x")

    answer = answer_of(await agent.http.get(f"/authorize?{urlencode(once)}&{name}=again"))

    assert (answer["error"], answer["state"]) == ("invalid_request", "a&b c")


@requirement("A14")
@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
async def test_a_client_or_redirect_that_comes_twice_goes_nowhere(agent: Agent, name: str) -> None:
    once = agent.request()

    response = await agent.http.get(f"/authorize?{urlencode(once)}&{name}={once[name]}")

    assert response.status_code == 400
    assert "location" not in response.headers


UNREADABLE = ("%FF", "%E9t%E9", "a%00b", "%ED%A0%80")
"""Not UTF-8, Latin-1, a control character, a surrogate."""


@requirement("A14")
@pytest.mark.parametrize(
    ("name", "text"),
    [*product(["scope", "resource", "unheard_of"], UNREADABLE), ("%FF", "x")],
)
async def test_a_parameter_that_cannot_be_read_is_an_error_for_the_agent(
    house: House, agent: Agent, name: str, text: str
) -> None:
    rest = {key: value for key, value in agent.request().items() if key != name}

    answer = answer_of(await agent.http.get(f"/authorize?{urlencode(rest)}&{name}={text}"))

    assert answer.keys() == {"error", "error_description", "state", "iss"}
    assert (answer["error"], answer["state"]) == ("invalid_request", "a&b c")
    assert house.rows("select * from authorization_request") == []


@requirement("A14")
@pytest.mark.parametrize(
    "text",
    [*UNREADABLE, pytest.param("x" * 4097, id="x"), pytest.param("%C3%A9" * 2049, id="é")],
)
async def test_a_state_that_cannot_be_read_or_is_too_long_does_not_come_back(
    house: House, agent: Agent, text: str
) -> None:
    for changes in (agent.request(state=None), agent.request(state=None, scope="nonsense")):
        response = await agent.http.get(f"/authorize?{urlencode(changes)}&state={text}")

        assert "state=" not in response.headers["location"]
        answer = answer_of(response)
        assert answer.keys() == {"error", "error_description", "iss"}
        assert answer["error"] == "invalid_request"
    assert house.rows("select * from authorization_request") == []


async def test_a_state_of_four_kibibytes_comes_back_as_it_was(agent: Agent, person: Person) -> None:
    state = "é" * 2048

    page = await person.come_to_consent(agent, state=state)

    assert answer_of(await person.answer(page, "approve"))["state"] == state


@requirement("A9")
@pytest.mark.parametrize("text", UNREADABLE)
@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
async def test_a_link_whose_client_or_way_back_cannot_be_read_is_called_damaged(
    agent: Agent, name: str, text: str
) -> None:
    rest = {key: value for key, value in agent.request().items() if key != name}

    response = await agent.http.get(f"/authorize?{urlencode(rest)}&{name}={text}")

    assert_damaged(response)


@requirement("A9")
async def test_a_link_with_too_many_parameters_is_called_damaged(agent: Agent) -> None:
    more = {f"more_{number}": "x" for number in range(50)}

    assert_damaged(await asked(agent.http, agent.request() | more))


def assert_damaged(response: httpx2.Response) -> None:
    assert response.status_code == 400
    assert "location" not in response.headers
    assert "This link is damaged" in page_of(response).text
    assert "Start again from your agent" in page_of(response).text


@requirement("A15")
@pytest.mark.parametrize(
    "resource",
    [
        "https://evil.example/mcp",
        "http://localhost:7777/other",
        "http://localhost:7778/mcp",
        "http://localhost:7777/mcp//",
        "http://localhost:7777/mcp#part",
        "http://localhost:7777/mcp?query",
        "http://localhost:7777@evil.example/mcp",
        "/mcp",
        "mcp",
    ],
)
async def test_the_resource_of_another_server_is_refused(agent: Agent, resource: str) -> None:
    assert await error_of(agent, resource=resource) == "invalid_target"


@requirement("A15")
@pytest.mark.parametrize(
    "resource",
    [
        None,
        "http://localhost:7777/mcp/",
        "HTTP://LocalHost:7777/mcp",
        "http://127.0.0.1:7777/mcp",
        "http://[::1]:7777/mcp",
        "https://shop.example/mcp",
    ],
)
async def test_every_way_to_name_our_resource_is_taken(
    house: House, agent: Agent, person: Person, resource: str | None
) -> None:
    code = await person.approve(agent, resource=resource)

    tokens = (await agent.redeem(code)).json()

    assert await house.server.verify(tokens["access_token"])


@requirement("A16")
async def test_a_scope_that_is_unknown_or_not_registered_is_refused(
    http: httpx2.AsyncClient, agent: Agent
) -> None:
    browser_only = await registered(http, scope="shop:browse")

    assert await error_of(agent, scope="shop:browse shop:admin") == "invalid_scope"
    assert await error_of(browser_only, scope="shop:browse shop:order") == "invalid_scope"


@requirement("A16")
async def test_a_client_registered_without_scope_may_ask_for_every_one(
    house: House, agent: Agent, person: Person
) -> None:
    everything = "shop:browse orders:read shop:order profile:read offline_access"

    tokens = (await agent.redeem(await person.approve(agent, scope=everything))).json()
    without = (await agent.redeem(await person.approve(agent, scope=None))).json()

    assert tokens["scope"] == everything
    assert without["scope"] == "shop:browse orders:read shop:order profile:read"


@requirement("A17", "A18")
@pytest.mark.parametrize(
    "origin", [ORIGIN, "http://127.0.0.1:7777", "http://[::1]:7777", PUBLIC_ORIGIN]
)
async def test_each_answer_names_the_issuer_that_was_asked(
    house: House, agent: Agent, origin: str
) -> None:
    async with house.http(origin) as http:
        metadata = (await http.get("/.well-known/oauth-authorization-server")).json()
        error = answer_of(await http.get("/authorize", params=agent.request(scope="nonsense")))
        page = await Person(http).open(agent)
        page = await Person(http).sign_in(page, stage_code="271828")
        answer = answer_of(await Person(http).answer(page, "approve"))

    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert answer["iss"] == error["iss"] == metadata["issuer"] == origin


@requirement("A19")
async def test_nothing_on_the_way_is_cached_or_sent_as_referrer(
    agent: Agent, person: Person
) -> None:
    to_consent = await person.http.get("/authorize", params=agent.request())
    sign_in = await person.follow(to_consent)
    consent = await person.sign_in(sign_in)
    away = await person.answer(consent, "approve")
    error = await person.http.get("/authorize")

    for response in (to_consent, sign_in, consent, away, error):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["referrer-policy"] == "no-referrer"


async def test_a_request_without_state_gets_an_answer_without_state(
    agent: Agent, person: Person
) -> None:
    page = await person.come_to_consent(agent, state=None)

    assert answer_of(await person.answer(page, "approve")).keys() == {"code", "iss"}


async def test_the_parameters_of_a_redirect_uri_stay(
    http: httpx2.AsyncClient, person: Person
) -> None:
    agent = await registered(http, "https://agent.example/back?tenant=a%20b")

    response = await person.answer(await person.come_to_consent(agent), "approve")

    assert response.headers["location"].startswith("https://agent.example/back?tenant=a%20b&code=")
