"""What every answer carries, and how refusals and errors look to people and to programs."""

from __future__ import annotations

from volunteer_hub.core.web import limiter


def test_every_answer_has_the_policy_and_a_request_id(client):
    answer = client.http.get("/healthz", headers={"X-Request-Id": "from-the-proxy-1"})
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Request-Id"] == "from-the-proxy-1"


def test_a_request_id_that_could_be_an_attack_is_replaced(client):
    answer = client.http.get("/healthz", headers={"X-Request-Id": "<script>"})
    assert "<" not in answer.headers["X-Request-Id"]


def test_a_missing_page_is_a_page_for_people_and_json_for_programs(client):
    client.get("/no-such-page", status=404)
    answer = client.http.get("/no-such-page", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json["error"]


def test_a_nul_in_an_address_is_refused_with_a_sentence(client):
    for query in ("q=%00", "page=%00"):
        assert client.http.get(f"/sign-in?{query}").status_code == 400
    assert client.http.get("/sign-in?next=%00").status_code == 400


def test_a_stranger_is_led_to_the_sign_in_page_and_back(client):
    answer = client.http.get("/messages?state=sent")
    assert answer.status_code == 302
    assert "next=%2Fmessages%3Fstate%3Dsent" in answer.headers["Location"]


def test_a_form_without_its_token_is_refused(client, make):
    client.sign_in(make.person())
    assert client.http.post("/sign-out").status_code == 400


def test_too_many_tries_say_when_to_come_back_and_other_answers_do_not(client):
    limiter.enabled = True
    try:
        headers = {"Authorization": "Bearer busy"}
        answers = [client.http.post("/canvass/log", json={}, headers=headers) for _ in range(241)]
    finally:
        limiter.enabled = False
    assert answers[0].status_code == 422
    assert "Retry-After" not in answers[0].headers
    assert answers[-1].status_code == 429
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
