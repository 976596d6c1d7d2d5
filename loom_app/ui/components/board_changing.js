// Changes made on the board: shown at once, taken back with the reason when they are refused, undone on request.

import { useCallback, useEffect, useRef, useState } from "react";
import { TITLES } from "./board_layout.js";
import { isEarly } from "./closing.jsx";
import { send } from "./rest.js";
import { undoChange } from "./undo.js";

const UNDO_MS = 10000;
const MOST_AT_ONCE = 500;

const word = (status) => TITLES[status].toLowerCase();
const why = (error) => (error instanceof TypeError ? "Loom cannot be reached." : error.message);
const several = (ids) => (ids.length === 1 ? ids[0] : `${ids.length} beads`);

// The request for one change to some beads.
function request(ids, change, tags) {
  if (tags) return send("PATCH", "/api/v1/beads", { ids, ...tags });
  if (ids.length === 1) return send("PATCH", `/api/v1/beads/${encodeURIComponent(ids[0])}`, change);
  return send("PATCH", "/api/v1/beads", { ids, change });
}

function grouped(changes, tags) {
  const groups = new Map();
  for (const [card, change] of changes) {
    const key = tags ? "" : JSON.stringify(change);
    const open = groups.get(key)?.at(-1);
    if (open && open.ids.length < MOST_AT_ONCE) open.ids.push(card.id);
    else groups.set(key, [...(groups.get(key) || []), { ids: [card.id], change }]);
  }
  return [...groups.values()].flat();
}

function told(ids, change, names) {
  const is = ids.length === 1 ? "is" : "are";
  const parts = [
    change.status && `moved to ${word(change.status)}`,
    "assigned_to" in change && (change.assigned_to ? `assigned to ${names.get(change.assigned_to) || change.assigned_to}` : `${is} nobody’s now`),
    "priority" in change && `${is} P${change.priority} now`,
    "parent" in change && (change.parent ? `put under ${change.parent}` : "taken out of the epic"),
    "tags" in change && "tagged anew",
  ];
  return `${several(ids)} ${parts.filter(Boolean).join(" and ")}.`;
}

function refusal(ids, change, cards, reason) {
  const place = "status" in change && ids.length === 1 ? `in ${word(cards.get(ids[0]).status)}` : ids.length === 1 ? "as it was" : "as they were";
  return `${several(ids)} ${ids.length === 1 ? "stays" : "stay"} ${place}: ${reason}`;
}

export function useChanges(beads, names) {
  const [notice, setNotice] = useState(null);
  const [early, setEarly] = useState([]);
  const known = useRef(null);
  known.current = { ...beads, names };

  const undo = useCallback(async (made) => {
    setNotice(null);
    try {
      for (const { id } of [...made].reverse()) await undoChange(id);
    } catch (error) {
      setNotice({ text: `Not everything was put back: ${why(error)}`, refused: true });
    }
    known.current.ask(made.flatMap(({ ids }) => ids));
  }, []);

  // `wanted(card)` answers what of a card becomes different, null for nothing; `tags` are those to add or remove,
  // `decided` is what was answered to the question what becomes of the children of an epic.
  const change = useCallback(
    async (ids, wanted, tags = null, decided = {}) => {
      const { cards, expect, settle, ask, moment, names: called } = known.current;
      const there = ids.map((id) => cards.get(id)).filter(Boolean);
      const changes = there.map((card) => [card, wanted(card)]).filter(([, what]) => what && Object.keys(what).length > 0);
      for (const [card, what] of changes) expect([card.id], what);
      const each = new Map(changes.map(([card, what]) => [card.id, what]));
      const made = [];
      const refused = [];
      for (const group of grouped(changes, tags)) {
        const asked = moment();
        try {
          const { body } = await request(group.ids, { ...group.change, ...decided }, tags);
          for (const id of group.ids) settle([id], each.get(id), asked);
          if (body.change_id) made.push({ id: body.change_id, ...group });
        } catch (error) {
          settle(group.ids);
          if (isEarly(error)) setEarly((before) => [...before, { ...group, problem: error.problem }]);
          else refused.push({ ...group, reason: why(error) });
        }
        ask(group.ids);
      }
      const done = made.flatMap((group) => group.ids);
      const words = [done.length > 0 && told(done, made[0].change, called), ...refused.map((group) => refusal(group.ids, group.change, cards, group.reason))];
      const text = words.filter(Boolean).join(" ");
      if (text) setNotice({ text, refused: refused.length > 0, undo: done.length > 0 ? () => undo(made) : null });
    },
    [undo],
  );

  useEffect(() => {
    if (!notice) return undefined;
    const end = setTimeout(() => setNotice(null), UNDO_MS);
    return () => clearTimeout(end);
  }, [notice]);

  const [asked] = early;
  const leave = useCallback(() => setEarly((before) => before.slice(1)), []);
  const decide = (decided) => {
    leave();
    change(asked.ids, () => asked.change, null, decided);
  };
  return { notice, setNotice, change, early: { early: asked?.problem || null, onDecide: decide, onClose: leave } };
}
