"""A lab answers only to its own page: strangers get nothing, and cannot make it wait."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import time

import pytest
from lab_server import open_lab
from run_builders import make_run

SECRET = "a text outside of the folder of the lab"
HTML = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A lab in a folder with one run; beside the folder lie a config and a run that are secret."""
    root = tmp_path_factory.mktemp("outside")
    folder = root / "inside"
    folder.mkdir()
    make_run(folder / "runs", "small")
    (folder / "plain.yaml").write_text("name: plain\n")
    (folder / ".hidden.yaml").write_text(SECRET)
    (root / "secret.yaml").write_text(SECRET)
    (root / "secret-001").mkdir()
    shutil.copytree(folder / "runs/small-001", root / "secret-001", dirs_exist_ok=True)
    (root / "secret-001/config.yaml").write_text(SECRET)
    (folder / "link.yaml").symlink_to(root / "secret.yaml")
    (folder / "linked").symlink_to(root)
    with open_lab(folder) as lab:
        yield lab
        # After all of these tests, the page still answers within a second.
        started = time.monotonic()
        assert lab.request("GET", "/api/runs").status == 200
        assert time.monotonic() - started < 1


def send(lab, text: bytes, wait: float = 5) -> bytes:
    """Send the bytes of a request as they are, and return the first bytes of the answer."""
    with socket.create_connection(("127.0.0.1", lab.port), wait) as connection:
        connection.sendall(text.replace(b"COOKIE", lab.cookie.encode()))
        return connection.recv(2**16)


def test_the_printed_address_gives_a_cookie_that_no_script_and_no_other_site_can_use(lab):
    answer = lab.request("GET", f"/?token={lab.token}", cookie=False)
    value = lab.cookie.partition("=")[2]
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert answer.headers["set-cookie"] == (
        f"cnnlab-{lab.port}={value}; HttpOnly; Path=/; SameSite=strict"
    )
    assert value != lab.token


@pytest.mark.parametrize("path", ["/", "/page/app.js", "/api/runs", "/api/events", "/nothing"])
def test_without_cookie_nothing_is_answered(lab, path):
    for query in (
        "",
        "?token=",
        "?token=wrong",
        f"?token={lab.token}x",
        f"?token={lab.token[:-1]}",
    ):
        answer = lab.request("GET", path + query, cookie=False)
        assert answer.status == 401
        assert b"Open the address that `cnnlab lab` printed" in answer.body


def test_wrong_cookies_are_refused(lab):
    name, value = lab.cookie.split("=")
    wrong = ["", name, f"{name}=", f"{name}={value}x", f"{name}={lab.token}", f"other={value}"]
    for cookie in [*wrong, f"{name}={'é' * 20}".encode().decode("latin-1"), "=;=;=", "x" * 5000]:
        headers = {"Cookie": cookie}
        assert lab.request("GET", "/api/runs", headers=headers, cookie=False).status == 401


def list_hosts(port: int) -> list[str]:
    """Hosts that are not those of the lab; the first ones are names that an attacker can rebind."""
    return [
        *("evil.example", f"evil.example:{port}", f"127.0.0.1.evil.example:{port}"),
        *(f"localhost.evil.example:{port}", f"127.0.0.1:{port}.evil.example"),
        *(f"evil.example@127.0.0.1:{port}", f"127.0.0.1:{port}@evil.example"),
        *("127.0.0.1", f"127.0.0.1:{port + 1}", f"2130706433:{port}", f"127.1:{port}"),
        *(f"0.0.0.0:{port}", f"127.0.0.1:{port}, evil.example", f"xn--localhost-:{port}"),
    ]


def test_requests_to_another_host_are_refused(lab):
    assert len(list_hosts(1)) == 14
    for host in list_hosts(lab.port):
        for path in ("/api/runs", f"/?token={lab.token}"):
            answer = lab.request("GET", path, headers={"Host": host})
            assert answer.status in (400, 421), host
            assert "set-cookie" not in answer.headers


def test_requests_without_a_single_host_are_refused(lab):
    own = f"Host: {lab.host}\r\n".encode()
    for hosts in (b"", own * 2, own + b"Host: evil.example\r\n", b"Host:\r\n"):
        for version in (b"1.0", b"1.1"):
            answer = send(
                lab, b"GET /api/runs HTTP/" + version + b"\r\n" + hosts + b"Cookie: COOKIE\r\n\r\n"
            )
            assert answer.split()[1] in (b"400", b"421"), (hosts, version)


def test_requests_of_other_web_pages_are_refused(lab):
    for origin in (
        *("null", "http://evil.example", "https://evil.example", "file://"),
        *(f"http://127.0.0.1:{lab.port + 1}", f"https://127.0.0.1:{lab.port}", "http://127.0.0.1"),
        *(f"http://127.0.0.1:{lab.port}.evil.example", f"http://evil.example:{lab.port}", ""),
    ):
        body = {"text": "name: stolen"}
        headers = {"Origin": origin}
        for method, path in (("POST", "/api/train"), ("PUT", "/api/configs/stolen.yaml")):
            assert lab.request(method, path, body, headers).status == 403, origin
        assert lab.request("GET", "/api/runs", headers=headers).status == 403
    for site in ("cross-site", "same-site"):
        assert lab.request("GET", "/api/runs", headers={"Sec-Fetch-Site": site}).status == 403
    assert not (lab.folder / "stolen.yaml").exists()
    own = {"Origin": f"http://{lab.host}", "Sec-Fetch-Site": "same-origin"}
    assert lab.request("GET", "/api/runs", headers=own).status == 200


TRAVERSALS = [
    "../secret.yaml",
    "..%2fsecret.yaml",
    "%2e%2e/secret.yaml",
    "%2e%2e%2fsecret.yaml",
    "..%5csecret.yaml",
    "..\\secret.yaml",
    "....//secret.yaml",
    "./../secret.yaml",
    "plain.yaml/../../secret.yaml",
    "/../secret.yaml",
    "//secret.yaml",
    "%00../secret.yaml",
    "../secret.yaml%00",
    "..%00/secret.yaml",
    "..%c0%afsecret.yaml",
    "%252e%252e%252fsecret.yaml",
    "..;/secret.yaml",
    "~/secret.yaml",
    "file:///secret.yaml",
    "link.yaml",
    "linked/secret.yaml",
    "linked/../secret.yaml",
    ".hidden.yaml",
    "./.hidden.yaml",
    "runs/../../secret.yaml",
]


@pytest.mark.parametrize("traversal", TRAVERSALS)
def test_no_path_leads_out_of_the_folder(lab, traversal):
    assert len(TRAVERSALS) == 25
    run = traversal.replace("secret.yaml", "secret-001").replace("link.yaml", "linked/secret-001")
    for path in (f"/page/{traversal}", f"/api/configs/{traversal}", f"/api/runs/{run}"):
        answer = lab.request("GET", path)
        assert answer.status in (400, 404), path
        assert SECRET.encode() not in answer.body
    before = (lab.folder.parent / "secret.yaml").read_text()
    answer = lab.request("PUT", f"/api/configs/{traversal}", {"text": "name: changed"})
    assert (lab.folder.parent / "secret.yaml").read_text() == before
    assert (lab.folder / ".hidden.yaml").read_text() == before
    assert answer.status in (400, 404)


def test_a_run_is_found_by_its_whole_name_alone(lab):
    assert lab.request("GET", "/api/runs/small-001").status == 200
    for name in ("small", "last", "runs/small-001", "./small-001", "small-001/", "x/../small-001"):
        assert lab.request("GET", f"/api/runs/{name}").status == 404
    for name in (lab.folder / "runs/small-001", lab.folder.parent / "secret-001"):
        assert lab.request("GET", f"/api/runs/{name}").status == 404


def test_configs_are_saved_as_yaml_files_in_the_folder_and_nowhere_else(lab):
    saved = lab.request("PUT", "/api/configs/mine.yaml", {"text": "name: mine\n"})
    assert (saved.status, saved.content) == (200, {"path": "mine.yaml"})
    assert (lab.folder / "mine.yaml").read_text() == "name: mine\n"
    for path in ("mine.txt", "mine.py", "missing/mine.yaml", "runs/small-001/config.yaml", "a/"):
        assert lab.request("PUT", f"/api/configs/{path}", {"text": "x"}).status in (400, 404), path
    assert lab.request("PUT", "/api/configs/big.yaml", {"text": "x" * 65537}).status == 400
    for body in (b"", b"[]", b'{"text": 1}', b'{"text"', b"[" * 100_000, b"\xff\xfe"):
        assert lab.request("PUT", "/api/configs/new.yaml", body).status == 400
    assert not (lab.folder / "new.yaml").exists()
    assert not (lab.folder / "runs/small-001/config.yaml").exists()


def test_bodies_over_5_mib_are_refused_also_without_their_length(lab):
    body = b"x" * (6 * 2**20)
    for path in ("/api/check", "/api/runs/small-001/prepare"):
        assert lab.request("POST", path, body).status == 413
        connection = http.client.HTTPConnection("127.0.0.1", lab.port)
        headers = {"Host": lab.host, "Cookie": lab.cookie}
        chunks = (body[start : start + 2**16] for start in range(0, len(body), 2**16))
        try:
            connection.request("POST", path, chunks, headers, encode_chunked=True)
            assert connection.getresponse().status == 413
        except (BrokenPipeError, ConnectionResetError):
            pass  # the server closed the connection before it took all of the body
        connection.close()


def test_a_content_length_that_lies_harms_nobody(lab):
    head = f"POST /api/check HTTP/1.1\r\nHost: {lab.host}\r\nCookie: COOKIE\r\n".encode()
    text = json.dumps({"text": "name: x"}).encode()
    for length in (b"-1", b"1e3", b"0x10", b"9" * 5000, b"5, 6", b"5\r\nContent-Length: 6"):
        answer = send(lab, head + b"Content-Length: " + length + b"\r\n\r\n" + text)
        assert answer.split()[1] in (b"400", b"413"), length
    # Too short: the rest is no request. Too long: the server waits, and this connection alone.
    assert send(lab, head + b"Content-Length: 3\r\n\r\n" + text).split()[1] == b"400"
    with pytest.raises(TimeoutError):
        send(lab, head + b"Content-Length: 900\r\n\r\n" + text, wait=0.3)
    both = b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    assert send(lab, head + both).split()[1] in (b"400", b"200")


def test_slow_connections_do_not_make_others_wait(lab):
    head = f"POST /api/check HTTP/1.1\r\nHost: {lab.host}\r\nCookie: {lab.cookie}\r\n".encode()
    starts = [b"", b"G", b"GET / HTTP/1.1\r\nX: ", head + b"Content-Length: 5000000\r\n\r\n{"]
    slow = []
    for number in range(50):
        slow.append(socket.create_connection(("127.0.0.1", lab.port)))
        slow[-1].sendall(starts[number % len(starts)])
    for _ in range(5):
        started = time.monotonic()
        assert lab.request("GET", "/").status == 200
        assert time.monotonic() - started < 1
    for connection in slow:
        connection.close()


def test_every_answer_forbids_foreign_scripts_frames_and_guesses(lab):
    for path in ("/", "/page/app.js", "/api/runs", "/api/runs/none", "/nothing", "/page/none"):
        for cookie in (True, False):
            headers = lab.request("GET", path, cookie=cookie).headers
            policy = headers["content-security-policy"]
            assert policy.startswith("default-src 'self'; ")
            assert "unsafe" not in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["cross-origin-opener-policy"] == "same-origin"
            assert headers["cross-origin-resource-policy"] == "same-origin"
            assert "server" not in headers


def test_nonsense_does_not_reach_the_terminal(lab):
    for text in (
        b"\0" * 20,
        b"GET\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\n",
    ):
        send(lab, text)
    assert lab.errors.read_text() == "Ctrl-C closes it; trainings go on\n"


def test_html_in_names_stays_text(lab):
    text = f"name: {json.dumps(HTML)}\nmodel:\n  - {json.dumps(HTML)}\n"
    answers = [
        lab.request("GET", f"/api/runs/{HTML.replace(' ', '%20')}"),
        lab.request("GET", f"/page/{HTML.replace(' ', '%20')}"),
        lab.request("POST", "/api/check", {"text": text}),
        lab.request("POST", "/api/train", {"text": text}),
    ]
    for answer in answers:
        assert answer.headers["content-type"] == "application/json"
        json.loads(answer.body)
    drawn = lab.post("/api/check", {"text": VALID.replace("small", "a")})["drawing"]
    assert "<script" not in drawn


VALID = """\
name: small
data: {dataset: mnist}
model: [flatten, {dense: {units: 10, activation: softmax}}]
"""


def test_pictures_that_are_none_are_refused_in_words(lab):
    for data in (b"", b"no picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 50, b"GIF89a" + b"\xff" * 20):
        answer = lab.request("POST", "/api/runs/small-001/prepare", data)
        assert answer.status == 422
        assert answer.content["error"]


def test_a_lab_says_which_port_is_in_use(lab, cnnlab):
    done = cnnlab("lab", "--port", str(lab.port), "--no-browser", cwd=lab.folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"cnnlab: --port {lab.port}: another program uses this port, perhaps `cnnlab lab`; choose "
        f"another with --port {lab.port + 1}, or any free one with --port 0\n"
    )
