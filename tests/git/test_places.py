"""Where addresses lead, and what git's complaints are taken for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.git.complaints import complaint_of, explained
from loom_app.git.hosts import PUBLISHED, believed, host_key, read_known_hosts
from loom_app.git.names import checked_remote
from loom_app.git.output import Output
from loom_app.git.places import Place, place_of
from loom_app.kernel.errors import Invalid


@pytest.mark.parametrize(
    ("address", "place", "known_as"),
    [
        ("git@GitHub.com:a/b.git", Place("ssh", "github.com", 0, "a/b.git"), "github.com"),
        ("ssh://git@host:2222/a", Place("ssh", "host", 2222, "a"), "[host]:2222"),
        ("ssh://git@host:22/a", Place("ssh", "host", 22, "a"), "host"),
        ("https://host:8443/a.git", Place("https", "host", 8443, "a.git"), ""),
        ("/srv/a", Place("file", "", 0, "/srv/a"), ""),
        ("file:///srv/a", Place("file", "", 0, "srv/a"), ""),
        ("", Place("file", "", 0, ""), ""),
    ],
)
def test_where_an_address_leads(address: str, place: Place, known_as: str) -> None:
    assert (place_of(address), place_of(address).known_as) == (place, known_as)


@given(st.text(max_size=80))
def test_every_address_that_is_taken_leads_somewhere(address: str) -> None:
    try:
        taken = checked_remote(address)
    except Invalid:
        return
    assert place_of(taken).protocol in ("ssh", "https", "http", "git", "file")


@given(st.text(max_size=60), st.text(max_size=120))
def test_any_text_is_a_key_of_a_host_or_refused(host: str, key: str) -> None:
    try:
        known = host_key(host, key)
    except Invalid:
        return
    assert "\n" not in known.line
    assert known.line.count(" ") == 2


def test_the_big_sites_have_their_published_keys() -> None:
    assert {key.host for key in PUBLISHED} == {"github.com", "gitlab.com", "bitbucket.org", "codeberg.org"}


def test_a_project_s_own_pins_go_before_what_sites_publish() -> None:
    own = host_key("github.com", f"{PUBLISHED[2].kind} {PUBLISHED[2].key}")
    assert believed((own,), "github.com") == (own,)
    assert len(believed((), "github.com")) == 2
    assert believed((own,), "elsewhere.example") == ()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.", "wrong_key"),
        ("ERROR: Repository not found.\nfatal: Could not read from remote repository.", "no_such_repository"),
        ("ERROR: The key you are authenticating with has been marked as read only.", "not_allowed_to_write"),
        ("remote: Permission to a/b.git denied to deploy key\nfatal: unable to access: 403", "not_allowed_to_write"),
        ("remote: You are not allowed to push code to this project.", "not_allowed_to_write"),
        ("fatal: write error: No space left on device", "disk_full"),
        ("remote: error: GH006: Protected branch update failed for refs/heads/main.", "push_declined"),
        ("remote: GitLab: You are not allowed to push code to protected branches", "not_allowed_to_write"),
        ("fatal: Authentication failed for 'https://host/a'", "wrong_login"),
        ("fatal: could not read Username for 'https://host': terminal prompts disabled", "wrong_login"),
        ("fatal: unable to access 'https://h/a': The requested URL returned error: 403", "wrong_login"),
        ("fatal: unable to access 'https://h/a': Could not resolve host: h", "remote_gone"),
        ("ssh: connect to host h port 22: Connection timed out", "remote_gone"),
        ("! refs/heads/main:refs/heads/main [rejected] (fetch first)", "not_fast_forward"),
        ("Host key verification failed.", "host_key_changed"),
        ("fatal: something new", "git_failed"),
    ],
)
def test_what_git_complains_of(said: str, code: str) -> None:
    output = Output(128, "", said)
    assert complaint_of(output).code == code
    assert said.rsplit("\n", maxsplit=1)[-1][:40].removeprefix("remote: ") in explained(output) or code != "git_failed"


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_complaint_is_a_sentence(out: str, err: str) -> None:
    complaint = complaint_of(Output(1, out, err))
    assert complaint.code
    assert complaint.sentence


@given(st.text(max_size=300))
def test_any_file_of_known_hosts_is_read(text: str) -> None:
    for key in read_known_hosts(text):
        assert key.fingerprint


def test_of_a_file_of_known_hosts_what_is_no_plain_key_is_left_out() -> None:
    lines = ("@revoked a.example ssh-ed25519 AAAA", "a.example ssh-ed25519 AAAA", "# a comment", "", "b.example x AAAA")
    marked = "".join(f"{line}\n" for line in lines)
    assert read_known_hosts(marked + PUBLISHED[0].line) == (PUBLISHED[0],)
