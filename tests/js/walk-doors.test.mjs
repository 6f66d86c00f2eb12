/* What the phone knows of the doors, and what its form reports. */
import assert from "node:assert/strict";
import test from "node:test";

import { entryOf, missingIn } from "../../volunteer_hub/static/behaviours/walk/additions.mjs";
import { Doors, deedsOf } from "../../volunteer_hub/static/behaviours/walk/doors.mjs";
import { metresToUnits, placeOn } from "../../volunteer_hub/static/behaviours/walk/position.mjs";
import { answersOf, undoOf } from "../../volunteer_hub/static/behaviours/walk/reports.mjs";
import { stepOf } from "../../volunteer_hub/static/behaviours/walk/swipe.mjs";

const door = (id, more = {}) => ({
  id, position: id, address: `${id} Main St`, house: `${id} Main St`, building: id, street: "Main St", result: null,
  people: [], skip: false, x: 0, y: 0, ...more,
});
const moment = (second) => new Date(Date.UTC(2026, 9, 3, 18, 0, second)).toISOString();
const report = (id, at, more = {}) => ({ id: `r${id}-${at}`, door: id, at: moment(at), result: "not_home", ...more });

test("the next door wants a knock, and the list goes round once", () => {
  const doors = new Doors([door(1), door(2, { skip: true }), door(3, { result: "refused" }), door(4)]);
  assert.equal(doors.next(1).id, 4);
  assert.equal(doors.next(4).id, 1);
  doors.take([1, 4]);
  assert.equal(doors.next(0), null, "a tap on its way counts");
  doors.release([4]);
  assert.equal(doors.next(0).id, 4);
});

test("a building is one step, and doors where nobody may knock are passed over", () => {
  const doors = new Doors([door(1), door(2, { building: 9 }), door(3, { building: 9 }), door(4, { skip: true }), door(5)]);
  assert.equal(doors.beside(doors.get(1), 1).id, 2);
  doors.apply(report(2, 1));
  assert.equal(doors.beside(doors.get(1), 1).id, 3, "its first unit that is left");
  assert.equal(doors.beside(doors.get(3), 1).id, 5);
  assert.equal(doors.beside(doors.get(5), 1), null);
  assert.equal(doors.beside(doors.get(4), 1).id, 5, "from a barred door one walks on");
  assert.equal(doors.beside(doors.get(4), -1).id, 3);
});

test("undoing goes back to what was before, report by report", () => {
  const doors = new Doors([door(1, { result: "not_home" })]);
  doors.apply(report(1, 1, { result: "canvassed" }));
  assert.equal(doors.get(1).result, "canvassed");
  doors.apply(report(1, 2, { result: null, undoes: "r1-1" }));
  assert.equal(doors.get(1).result, "not_home");
  assert.equal(doors.apply(report(99, 3)), null);
});

test("progress leaves out doors where nobody may knock, until somebody reported there", () => {
  const doors = new Doors([door(1), door(2, { skip: true }), door(3, { result: "refused" })]);
  assert.deepEqual(doors.progress(), { done: 1, all: 2 });
  doors.apply(report(2, 1));
  assert.deepEqual(doors.progress(), { done: 2, all: 3 });
});

test("the partner's result counts unless this phone reported later", () => {
  const doors = new Doors([door(1), door(2)]);
  assert.equal(doors.hear(1, "not_home", moment(5)), true);
  assert.equal(doors.get(1).partner, true);
  assert.equal(doors.hear(1, "not_home", moment(5)), false, "told again, nothing is new");
  doors.apply(report(2, 9, { result: "canvassed" }));
  assert.equal(doors.hear(2, "not_home", moment(8)), false);
  assert.equal(doors.get(2).result, "canvassed");
  assert.equal(doors.hear(1, null, moment(6)), true, "the partner took it back");
  assert.equal(doors.get(1).partner, false);
});

test("doors that went to somebody else are dropped, and the rest is counted anew", () => {
  const doors = new Doors([door(1), door(2, { building: 9 }), door(3, { building: 9 }), door(4)]);
  const at = doors.get(2);
  doors.take([2]);
  assert.deepEqual(doors.drop(new Set([1, 2, 99])).map((each) => each.id), [1, 2]);
  doors.release([2]);
  assert.deepEqual(doors.list.map((each) => [each.id, each.position]), [[3, 1], [4, 2]]);
  assert.deepEqual([doors.get(1), doors.progress().all, doors.next(0).id], [null, 2, 3]);
  assert.equal(doors.apply(report(2, 1)), null);
  assert.deepEqual([at.position, doors.next(at.position).id], [0, 3]);
  assert.deepEqual(doors.building(at).map((each) => each.id), [3]);
  assert.deepEqual(doors.drop(new Set([1])), []);
});

test("what was reported with one tap is taken back with one", () => {
  const several = [report(1, 1), report(2, 1), report(3, 1)];
  const undone = report(4, 2);
  const deeds = deedsOf([...several, undone, report(4, 3, { result: null, undoes: undone.id }), report(5, 4)]);
  assert.deepEqual(deeds.map((deed) => deed.reports.map((each) => each.door)), [[1, 2, 3], [5]]);
  const undo = undoOf(deeds[0], 7);
  assert.deepEqual(undo.map((each) => [each.door, each.undoes, each.result]), several.map((each) => [each.door, each.id, null]));
  assert.equal(new Set(undo.map((each) => each.id)).size, 3);
});

test("a question with several answers gives a list", () => {
  const fields = new FormData();
  for (const [name, value] of [["answer-issues", "water"], ["answer-issues", "schools"], ["answer-sign", "yes"], ["answer-empty", ""], ["note", "x"]])
    fields.append(name, value);
  assert.deepEqual(answersOf(fields), { issues: ["water", "schools"], sign: "yes" });
});

test("an addition says what it lacks, and an answer stands only with a talk", () => {
  const fields = new FormData();
  for (const [name, value] of [["what", "person"], ["name", "  Ana Gómez "], ["result", "canvassed"], ["support", "2"]]) fields.append(name, value);
  const entry = entryOf(fields, door(3), 7);
  assert.deepEqual([entry.kind, entry.name, entry.door, entry.answers], ["addition", "Ana Gómez", 3, { support: 2 }]);
  assert.equal(missingIn(entry), "");
  assert.equal(missingIn({ ...entry, name: "" }), "name");
  assert.equal(missingIn({ ...entry, what: "door", address: "", unit: "" }), "address");
  fields.set("result", "not_home");
  assert.deepEqual(entryOf(fields, door(3), 7).answers, {});
});

test("a swipe is flat, far and quick", () => {
  const at = (clientX, clientY = 0, timeStamp = 0) => ({ clientX, clientY, timeStamp });
  assert.equal(stepOf(at(300), at(200, 10, 200)), 1);
  assert.equal(stepOf(at(100), at(200, 10, 200)), -1);
  assert.equal(stepOf(at(300), at(280, 0, 200)), 0);
  assert.equal(stepOf(at(300), at(200, 90, 200)), 0);
  assert.equal(stepOf(at(300), at(200, 0, 2000)), 0);
});

test("a place on earth lands where its door is drawn", () => {
  const frame = [1000, 10, 5000, -20];
  assert.deepEqual(placeOn(frame, { longitude: -81.5, latitude: 29 }), { x: 185, y: 4420 });
  assert.equal(Math.round(metresToUnits(frame, 111_320)), 20);
});
