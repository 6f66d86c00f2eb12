"""The promises of docs/sync.md, whatever happens: its six invariants, by their numbers there.

The network drops, delays, repeats and reorders; the server dies between any two statements, or is restored
from an older copy; phones die and come back; the turf goes to somebody else. 1 to 4 are checked after every
step, 6 with every answer, 5 whenever the job has run; and all once more when the network is back.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.canvass.sync_world import World
from volunteer_hub.canvass.entries import chained, first_hash
from volunteer_hub.canvass.models_log import SetAsideEntry
from volunteer_hub.core import clock
from volunteer_hub.demo.phone_log import PhoneLog

PHONES = 3  # two of a pair on one lease, and one that gets the turf afterwards
NUMBER = st.integers(0, PHONES - 1)
BROKEN = st.sampled_from(["no result of ours", "no id", "another list's door", "once more"])


class Model(RuleBasedStateMachine):
    """Steps in any order; `world` holds the application, the turf and three phones."""

    world = None

    def __init__(self):
        super().__init__()
        self.world.begin()
        self.phones = [PhoneLog() for _ in range(PHONES)]
        self.made = [[] for _ in range(PHONES)]
        self.lost = []
        self.written = {}  # (log, running hash): the texts up to there, of every log that ever was
        self.settled = {}  # log: how often the server had been restored when it last said how far it is
        self.requests = []  # (phone, batch) somewhere on the network
        self.answers = []  # (phone, log id, first, restores, answer) somewhere on the network

    # -- what people do

    @rule(who=NUMBER, door=st.integers(0, 7), result=st.sampled_from(["not_home", "canvassed", "refused"]))
    def knock(self, who, door, result):
        self._write(who, self.world.report(who, door, result))

    @precondition(lambda self: any(self.made))
    @rule(who=NUMBER, back=st.integers(1, 3))
    def undo(self, who, back):
        knocks = [each for each in self.made[who] if each["result"] and "id" in each]
        if knocks:
            wrong = knocks[-min(back, len(knocks))]
            self._write(who, self.world.report(who, 0, None) | {"door": wrong["door"], "undoes": wrong["id"]})

    @rule(who=NUMBER, door=st.integers(0, 7))
    def find_somebody(self, who, door):
        found = {"kind": "addition", "what": "person", "name": "Ana Gómez"}
        self._write(who, self.world.report(who, door, "canvassed") | found)

    @rule(who=NUMBER, how=BROKEN)
    def write_nonsense(self, who, how):
        entry = self.world.report(who, 0, "shouted_at" if how == "no result of ours" else "not_home")
        if how == "no id":
            del entry["id"]
        elif how == "another list's door":
            entry["door"] = self.world.elsewhere
        elif how == "once more" and self.made[who]:
            entry = self.made[who][-1]
        self._write(who, entry)

    @rule(ended_minutes_ago=st.sampled_from([0, 5, 40]))
    def the_turf_goes_to_somebody_else(self, ended_minutes_ago):
        self.world.hand_over(ended_minutes_ago)

    # -- the network

    @rule(who=NUMBER, most=st.integers(1, 5))
    def post(self, who, most):
        batch = self.phones[who].batch(clock.now(), most)
        if batch:
            self.requests.append((who, batch))

    @precondition(lambda self: self.requests)
    @rule(which=st.integers(0, 20), again=st.booleans(), dies_after=st.none() | st.integers(0, 7))
    def a_request_arrives(self, which, again, dies_after):
        place = which % len(self.requests)
        who, batch = self.requests[place] if again else self.requests.pop(place)
        answer = self._delivered(who, batch, dies_after)
        if answer is not None:
            self.answers.append((who, batch["log"], batch["first"], self.world.restores, answer))

    @precondition(lambda self: self.requests)
    @rule()
    def a_request_is_lost(self):
        self.requests.pop()

    @precondition(lambda self: self.answers)
    @rule(which=st.integers(0, 20))
    def an_answer_arrives(self, which):
        who, log, first, restores, answer = self.answers.pop(which % len(self.answers))
        phone = self.phones[who]
        if phone.id == log and first == phone.received + 1:  # else: of an older batch
            self._settle(who, answer, restores)

    @precondition(lambda self: self.answers)
    @rule()
    def an_answer_is_lost(self):
        self.answers.pop()

    # -- what breaks

    @rule(who=NUMBER)
    def a_phone_dies_and_comes_back(self, who):
        self.answers = [each for each in self.answers if each[0] != who]

    @rule(who=NUMBER)
    def a_phone_loses_its_last_entry(self, who):
        """A cheap disk lied about the last write."""
        phone = self.phones[who]
        if phone.texts and phone.received < len(phone.texts):
            phone.texts.pop()
            phone.hashes.pop()
            self.lost.append(self.made[who].pop())  # the server may have it all the same

    @rule(who=NUMBER, keeps=st.integers(0, 6))
    def the_server_is_restored_from_an_older_copy(self, who, keeps):
        self.world.cut_back(self.phones[who], keeps)

    @rule()
    def the_job_runs(self):
        self.world.check()  # 5

    # -- what always holds

    @invariant()
    def the_servers_copy_is_a_prefix_of_what_a_phone_wrote(self):
        """1: its length and hash are of a log as it was, and its rows are those texts in that order."""
        by_place, ids = self.world.rows_by_place(), self.world.stored_ids()
        heads = self.world.heads()
        for log, (head, known) in heads.items():
            texts = self.written.get((log, known), () if head == 0 else None)
            assert texts is not None, "the server's hash is of no log that a phone wrote"
            assert len(texts) == head
            for seq, text in enumerate(texts, start=1):
                assert_holds(by_place.pop((log, seq), None), text, ids)
        assert not by_place, "the server has entries beyond the end of its copies"

    @invariant()
    def what_a_phone_shows_as_received_the_server_holds(self):
        """2; after a restore as soon as the phone has heard from the server."""
        stored = self.world.stored_ids()
        for phone in self.phones:
            if self.settled.get(phone.id, 0) >= self.world.restored.get(phone.id, 0):
                shown = ids_of(phone.texts[: phone.received])
                assert shown <= stored, "the server said it has entries that it has not"

    @invariant()
    def no_entry_is_there_twice(self):
        """3."""
        twice = [each for each, count in Counter(self.world.all_ids()).items() if count > 1]
        assert not twice

    @invariant()
    def each_entry_is_received_or_counted_as_not_yet(self):
        """4; what is received is there by 2."""
        for phone, made in zip(self.phones, self.made, strict=True):
            assert [json.loads(text) for text in phone.texts] == made
            assert len(phone.unsent) == len(made) - phone.received

    def teardown(self):
        """The network is back: everything arrives, once, and what is kept equals what the entries say.

        Each phone knocks once more: it is with its next batch that it hears of a restored server.
        """
        for who in range(PHONES):
            self._write(who, self.world.report(who, 0, "not_home"))
            for _round in range(60):
                batch = self.phones[who].batch(clock.now(), 5)
                if batch is None:
                    break
                self._settle(who, self._delivered(who, batch, None), self.world.restores)
            assert not self.phones[who].unsent
        self.the_servers_copy_is_a_prefix_of_what_a_phone_wrote()
        self.what_a_phone_shows_as_received_the_server_holds()
        self.no_entry_is_there_twice()
        made = {each["id"] for mine in self.made for each in mine if "id" in each}
        lost = {each["id"] for each in self.lost if "id" in each}
        assert made <= self.world.stored_ids() <= made | lost
        self.world.check()  # 5

    def _delivered(self, who, batch, dies_after):
        """The server's answer, None when it died. 6: whatever the entries are, what continues is taken."""
        head, known = self.world.heads().get(batch["log"], (0, first_hash(uuid.UUID(batch["log"])).hex()))
        status, answer = self.world.post(who, batch, dies_after)
        if status is None:
            return None
        last = batch["first"] + len(batch["entries"]) - 1
        if not self.world.is_of_this_lease(who, batch["log"]) or not continues(batch, head, known):
            assert status == 409
        else:
            assert status == 200
            assert answer["head"] == (head if batch["first"] > head + 1 else max(head, last))
        return answer

    def _settle(self, who, answer, restores):
        phone = self.phones[who]
        phone.settle(answer)
        self.settled[phone.id] = restores
        self._remember(phone)

    def _write(self, who, entry):
        self.made[who].append(entry)
        self.phones[who].append(entry)
        self._remember(self.phones[who])

    def _remember(self, phone):
        """Every state that this log was in, so that the server's copy can be found among them."""
        for seq in range(len(phone.texts), 0, -1):
            if (phone.id, phone.hash_after(seq)) in self.written:
                break
            self.written[phone.id, phone.hash_after(seq)] = tuple(phone.texts[:seq])


def ids_of(texts):
    return {entry["id"] for entry in map(json.loads, texts) if "id" in entry}


def continues(batch, head, known):
    """Does this batch agree with a copy that ends with `head` and this hash, as far as the two overlap?"""
    if not batch["first"] - 1 <= head < batch["first"] + len(batch["entries"]):
        return True  # a gap or wholly known: nothing to compare, nothing changes
    texts = batch["entries"][: head - batch["first"] + 1]
    return chained(bytes.fromhex(batch["before"]), texts).hex() == known


def assert_holds(row, text, ids):
    """The server's row at this place says what the phone wrote; without one its id is kept elsewhere."""
    entry = json.loads(text)
    if row is None:
        assert entry.get("id") in ids, "a gap in the server's copy"
    elif isinstance(row, SetAsideEntry):
        assert row.body.decode() == text
    else:
        told = (str(row.id), row.door_id, row.result, row.undoes_id and str(row.undoes_id))
        assert told == (entry["id"], entry["door"], entry["result"], entry.get("undoes"))


def test_whatever_happens_each_entry_is_kept_exactly_once(app, make, walk):
    app.config["RATELIMIT_ENABLED"] = False
    Model.world = World(app, make, walk)
    try:
        run_state_machine_as_test(
            Model,
            settings=settings(
                max_examples=30,
                stateful_step_count=30,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        Model.world.dying.close()
