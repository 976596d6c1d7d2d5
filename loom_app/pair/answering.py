"""One answer to a person: the model is asked and does what it wants to, in rounds, until it has nothing more to do."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from loom_app.actions import results as outcome
from loom_app.actions.faults import ReplyError
from loom_app.actions.feedback import feedback
from loom_app.actions.results import ActionResult
from loom_app.actions.types import Reply
from loom_app.auth import memberships
from loom_app.context.shortening import Done
from loom_app.gitaccess import service as gitaccess
from loom_app.kernel.actor import Actor
from loom_app.kernel.cause import because
from loom_app.kernel.errors import Conflict, LoomError
from loom_app.kernel.keyring import vault_of
from loom_app.pair import repository
from loom_app.pair.asking import ask
from loom_app.pair.hands import PairHands
from loom_app.pair.house import House
from loom_app.pair.reading import read, told
from loom_app.pair.trees import Desk
from loom_app.pair.turns import following
from loom_app.runs import guard
from loom_app.runs.lease import LeaseLost
from loom_app.runs.models import Run, Turn
from loom_app.runs.resting import CUT_OFF, rest
from loom_app.runs.workplace import job_of

MOST_ROUNDS = 16
"""How often the model is asked for one message of a person."""
MOST_FAULTS = 2
FAILED = "Something went wrong in Loom itself; its log says more. What was said and changed so far is kept."
STOPPED = "It was stopped."
SHUT_OUT = "You may no longer do this: your account, your permissions or your place in the project changed meanwhile."
NEEDED = ("repl:use", "beads:read", "beads:write")


class Answer:
    """What becomes of one message; `work` it, in a task of its own."""

    def __init__(self, house: House, run: Run, number: int, person: Actor, why_unchanged: str) -> None:
        self._house, self._run, self._number = house, run, number
        self._person, self._why = person, why_unchanged
        self._desk = Desk(house.db, house.settings, run.id)
        self._faults = 0

    async def work(self) -> None:
        """Answers, and puts the run to rest whatever happens. Cancelled with a reason, it was stopped for that."""
        because(on_behalf_of=self._person.id)
        fault, remark = FAILED, ""
        seconds = self._house.settings.runs.lease_seconds
        try:
            await guard.while_held(
                self._house.db, self._run, seconds, self._rounds(), lambda: None, look=self._check_person
            )
            fault = ""
        except asyncio.CancelledError as stop:
            fault, remark = ("", str(stop.args[0])) if stop.args else (CUT_OFF, "")
        except guard.RunStopped as stop:
            fault, remark = "", stop.message
        except LoomError as error:
            fault = error.message
        finally:
            await self._rest(fault, remark)

    async def _rounds(self) -> None:
        for made in range(1, MOST_ROUNDS + 1):
            await ask(self._house, self._run.id, self._number, self._why)
            if not await self._act(made):
                return
        raise Conflict(
            f"It took {MOST_ROUNDS} rounds and has not come to an end. Look at what it did, then say how to go on.",
            code="too_many_rounds",
        )

    async def _check_person(self) -> None:
        """Raises RunStopped when the person may not do all they might as they began; nothing more is committed."""
        async with self._house.db.read() as tx:
            person = await memberships.still(tx, self._person)
        held = [permission for permission in NEEDED if self._person.may(permission)]
        if person is None or not person.sees(self._run.project_id) or not all(map(person.may, held)):
            self._desk.shut()
            raise guard.RunStopped(SHUT_OUT)

    async def _act(self, made: int) -> bool:
        """Does what the newest turn asks for; whether the model is to be asked again."""
        async with self._house.db.read() as tx:
            turn = await repository.turn(tx, self._run.id, self._number)
        try:
            reply = read(turn)
        except ReplyError as fault:
            self._faults += 1
            if self._faults >= MOST_FAULTS:
                raise Conflict(f"What it wants to do could not be read: {fault.fault}", code="unreadable") from fault
            await self._go_on(told(fault, turn.format), fault=fault)
            return True
        self._faults = 0
        return reply is not None and await self._do(turn, reply, made)

    async def _do(self, turn: Turn, reply: Reply, made: int) -> bool:
        async with self._house.db.read() as tx:
            job = await job_of(tx, self._run.id)
            secrets = await gitaccess.known_secrets(tx, vault_of(self._house.db), job.project.id)
        await self._check_person()
        tree = await self._desk.open(job)
        hands = PairHands(
            self._house.db, self._house.settings, job, tree, known=secrets, person=self._person,
            why_unchanged=self._why,
        )  # fmt: skip
        results = await self._desk.perform(hands, turn, reply)
        if outcome.ending(results):
            return False
        done = list(zip(reply.actions, results, strict=False))
        await self._go_on(_told(results, reply, made), done=done, notes=reply.notes)
        return True

    async def _go_on(
        self, prompt: str, *, done: Sequence[Done] = (), notes: str = "", fault: ReplyError | None = None
    ) -> None:
        async with self._house.db.write() as tx:
            await guard.held(tx, self._run.id, self._house.settings.runs.lease_seconds)
            turn = await repository.turn(tx, self._run.id, self._number)
            turn.notes = notes
            tx.add(following(turn, prompt, turn.format, done, notes=notes, fault=fault))
        self._number += 1
        self._house.tell(self._run.id)

    async def _rest(self, fault: str, remark: str) -> None:
        kept, problem = await self._desk.leave()
        with suppress(LeaseLost):
            async with self._house.db.write() as tx:
                run = await guard.held(tx, self._run.id, self._house.settings.runs.lease_seconds)
                turn = await repository.last(tx, run.id)
                if turn is not None and remark:
                    turn.shortfall = remark
                if kept is not None:
                    run.diff, run.commit_hash = kept.diff, kept.commit
                await rest(tx, run, " ".join(part for part in (fault, problem) if part))
        self._house.tell(self._run.id)


def _told(results: Sequence[ActionResult], reply: Reply, made: int) -> str:
    return feedback(results, made, MOST_ROUNDS, notes=reply.remarks)
