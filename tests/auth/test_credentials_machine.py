"""Sessions and API keys under everything that may happen to them, in any order, against a small model.

What is done is done by one process; whether a token or key holds is asked of another, which knows only the database.
Wrong passwords have a machine of their own in test_throttle.py.
"""

import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from loom_app.auth import accounts, api_keys, service, sessions, tokens
from loom_app.auth.models import User
from loom_app.auth.permissions import Role, permissions_of
from loom_app.config import Settings
from loom_app.kernel.actor import SYSTEM, Actor, covers
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.errors import LoomError, Unauthenticated
from loom_app.kernel.keyring import Keyring
from tests.support.people import person
from tests.support.served import Served

BEGINNING = datetime(2030, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NAMES = ("alice", "bob")
SCOPES = ("beads:read", "beads:write", "projects:read")
ROLES = (Role.USER, Role.VIEWER)
PAUSES = st.sampled_from([1, 30, 59, 60, 61, 12 * 60, 24 * 60 - 1, 24 * 60, 24 * 60 + 1, 6 * 24 * 60]).map(
    lambda minutes: minutes * MINUTE
)


@dataclass
class Person:
    """A user as the model knows them: `since` is when their sessions last all ended."""

    id: str
    role: str = Role.USER
    active: bool = True
    version: int = 0


@dataclass
class Signer:
    """A key that signs sessions, and when it ends."""

    ends: datetime | None = None


@dataclass
class Session:
    """A token and what the model knows of it."""

    text: str
    whose: Person
    version: int
    signer: Signer
    expires: datetime
    signed_in: datetime
    revoked: bool = False

    def holds(self, moment: datetime) -> bool:
        """Whether it must be accepted."""
        return (
            not self.revoked
            and self.whose.active
            and self.version == self.whose.version
            and moment - tokens.CLOCK_SKEW < self.expires
            and (self.signer.ends is None or self.signer.ends > moment)
        )


@dataclass
class ApiKey:
    """An API key and what the model knows of it."""

    id: str
    text: str
    whose: Person
    scopes: frozenset[str]
    expires: datetime | None
    revoked: bool = False

    def holds(self, moment: datetime) -> bool:
        """Whether it must be accepted."""
        return not self.revoked and self.whose.active and (self.expires is None or self.expires > moment)


class Credentials(RuleBasedStateMachine):
    """What happens to two users, their sessions and their keys."""

    template: ClassVar[Path]
    held, given = Bundle("held"), Bundle("given")

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        shutil.copy(self.template, self.folder / "loom.db")
        self.clock = time_machine.travel(BEGINNING, tick=False)
        self.time = self.clock.start()
        self.served = Served(Settings(data_dir=self.folder))
        self.served.start()
        self.keys: Keyring = self.served.app.state.keys
        self.elsewhere = Keyring(self.keys.db, Vault.open(self.folder, None))
        self.people = {name: Person(self.served.do(person(self.keys.db, Role.USER, name)).id) for name in NAMES}
        self.served.do(person(self.keys.db, Role.ADMIN, "root"))
        self.signer = Signer()
        self.signers = [self.signer]
        self.sessions: list[Session] = []
        self.api_keys: list[ApiKey] = []

    def teardown(self) -> None:
        if hasattr(self, "served"):
            self.served.stop()
            self.clock.stop()
            shutil.rmtree(self.folder)

    @rule(target=held, name=st.sampled_from(NAMES))
    def sign_in(self, name: str) -> Session:
        return self._session(self.people[name], now())

    @rule(target=held, session=held)
    def renew(self, session: Session) -> Session:
        young = now() - session.signed_in <= tokens.RENEWABLE_FOR
        if not (session.holds(now()) and young):
            with pytest.raises(Unauthenticated):
                self.served.do(sessions.renew(self.elsewhere, session.text))
            return session
        _, signed_in = self.served.do(sessions.renew(self.elsewhere, session.text))
        assert signed_in == session.signed_in
        session.revoked = True
        return self._session(session.whose, signed_in)

    @rule(session=held)
    def sign_out(self, session: Session) -> None:
        ended = self.served.do(self._end(session.text))
        assert ended == session.holds(now())
        session.revoked = session.revoked or ended

    @rule(name=st.sampled_from(NAMES))
    def change_password(self, name: str) -> None:
        self.served.do(self._give_password(self.people[name].id))
        self.people[name].version += 1

    @rule(name=st.sampled_from(NAMES), active=st.booleans())
    def switch(self, name: str, active: bool) -> None:
        whose = self.people[name]
        self.served.do(self._change(whose.id, is_active=active))
        whose.version += whose.active != active
        whose.active = active

    @rule(name=st.sampled_from(NAMES), role=st.sampled_from(ROLES))
    def change_role(self, name: str, role: Role) -> None:
        whose = self.people[name]
        self.served.do(self._change(whose.id, role=role))
        whose.version += whose.role != role
        whose.role = role

    @rule(overlap=st.sampled_from([timedelta(0), 30 * MINUTE, tokens.LIFETIME]))
    def rotate(self, overlap: timedelta) -> None:
        self.served.do(self._rotate(overlap))
        for signer in self.signers:
            signer.ends = min(signer.ends or now() + overlap, now() + overlap)
        self.signer = Signer()
        self.signers.append(self.signer)

    @rule(
        target=given,
        name=st.sampled_from(NAMES),
        scopes=st.frozensets(st.sampled_from(SCOPES), min_size=1),
        lasts=st.sampled_from([None, MINUTE, 12 * 60 * MINUTE]),
    )
    def make_key(self, name: str, scopes: frozenset[str], lasts: timedelta | None) -> ApiKey | None:
        whose = self.people[name]
        if not all(covers(permissions_of(whose.role), scope) for scope in scopes):
            with pytest.raises(LoomError):
                self.served.do(self._make_key(whose, scopes, lasts))
            return None
        made, text = self.served.do(self._make_key(whose, scopes, lasts))
        key = ApiKey(made, text, whose, scopes, now() + lasts if lasts else None)
        self.api_keys.append(key)
        return key

    @rule(key=given)
    def revoke_key(self, key: ApiKey | None) -> None:
        if key is None or key.revoked:
            return
        self.served.do(self._revoke_key(key.id))
        key.revoked = True

    @rule(pause=PAUSES)
    def wait(self, pause: timedelta) -> None:
        self.time.shift(pause)

    @invariant()
    def sessions_hold_as_in_the_model(self) -> None:
        for session in getattr(self, "sessions", []):
            actor = self._accepted(sessions.actor_of_token(self.elsewhere, session.text))
            assert (actor is not None) == session.holds(now()), session
            if actor:
                assert (actor.id, actor.permissions) == (session.whose.id, permissions_of(session.whose.role))

    @invariant()
    def keys_hold_as_in_the_model(self) -> None:
        for key in getattr(self, "api_keys", []):
            actor = self._accepted(api_keys.actor_of_key(self.elsewhere, key.text))
            assert (actor is not None) == key.holds(now()), key
            if actor:
                may = {scope for scope in SCOPES if actor.may(scope)}
                assert may == {scope for scope in key.scopes if covers(permissions_of(key.whose.role), scope)}

    def _accepted(self, asked: Coroutine[Any, Any, Actor]) -> Actor | None:
        try:
            return self.served.do(asked)
        except Unauthenticated:
            return None

    def _session(self, whose: Person, signed_in: datetime) -> Session:
        text = self.served.do(self._issue(whose.id, signed_in))
        made = Session(text, whose, whose.version, self.signer, now() + tokens.LIFETIME, signed_in)
        self.sessions.append(made)
        return made

    async def _issue(self, user_id: str, signed_in: datetime) -> str:
        async with self.keys.db.read() as tx:
            user = await tx.get_one(User, user_id)
        return await tokens.issue(self.keys, user, signed_in_at=signed_in)

    async def _end(self, token: str) -> bool:
        async with self.keys.db.write() as tx:
            return await sessions.end(tx, self.keys, token) is not None

    async def _give_password(self, user_id: str) -> None:
        async with self.keys.db.write() as tx:
            await service.give_password(tx, await tx.get_one(User, user_id), "another hash")

    async def _change(self, user_id: str, *, role: str | None = None, is_active: bool | None = None) -> None:
        async with self.keys.db.write() as tx:
            await accounts.change(tx, user_id, role=role, is_active=is_active, actor=SYSTEM)

    async def _rotate(self, overlap: timedelta) -> None:
        async with self.keys.db.write() as tx:
            await self.keys.rotate(tx, tokens.PURPOSE, overlap)

    async def _make_key(self, whose: Person, scopes: frozenset[str], lasts: timedelta | None) -> tuple[str, str]:
        pepper = await self.keys.current(api_keys.PURPOSE)
        actor = Actor("user", whose.id, "x", permissions_of(whose.role))
        async with self.keys.db.write() as tx:
            owner = await tx.get_one(User, whose.id)
            made, text = await api_keys.create(
                tx, pepper, owner, name="ci", permissions=sorted(scopes), lasts=lasts, actor=actor
            )
        return made.id, text

    async def _revoke_key(self, key_id: str) -> None:
        async with self.keys.db.write() as tx:
            await api_keys.revoke(tx, key_id, actor=SYSTEM)


def test_sessions_and_keys_hold_exactly_as_long_as_they_should(sqlite_template: Path) -> None:
    Credentials.template = sqlite_template
    run_state_machine_as_test(
        Credentials,
        settings=settings(
            max_examples=20,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
