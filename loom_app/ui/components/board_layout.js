// Which cards show, in which lane and order, and where on the board: plain functions of what is known.

import { isQuery } from "./board_search.js";

export const COLUMNS = [
  { status: "open", title: "Open", mark: "○", empty: "Nothing waits to be taken up." },
  { status: "in_progress", title: "In progress", mark: "◐", empty: "Nobody is at work." },
  { status: "blocked", title: "Blocked", mark: "◇", empty: "Nothing is stuck." },
  { status: "done", title: "Done", mark: "●", empty: "Nothing is finished yet." },
];
export const TITLES = Object.fromEntries(COLUMNS.map(({ status, title }) => [status, title]));
export const PRIORITIES = ["P0", "P1", "P2", "P3", "P4"];
export const LANES = [["agent", "Assigned to"], ["priority", "Priority"], ["epic", "Epic"]];
export const SORTS = [["updated", "Last changed"], ["created", "Newest"], ["due", "Due date"], ["title", "Title"]];
export const NO_LANE = "";

const ALL = { key: NO_LANE, title: "" };
const LANE_HEAD = 40;
const GAP = 8;
const CELL_PADDING = 8;
const EMPTY_CELL = 64;

const newest = (one, other) => other.created_at.localeCompare(one.created_at) || one.id.localeCompare(other.id);
const urgency = (one, other) => one.priority - other.priority || newest(one, other);
const closing = (one, other) => (other.closed_at || "").localeCompare(one.closed_at || "") || urgency(one, other);
const ORDERS = {
  "": urgency,
  updated: (one, other) => other.updated_at.localeCompare(one.updated_at) || urgency(one, other),
  created: newest,
  due: (one, other) => (one.due_date || "9").localeCompare(other.due_date || "9") || urgency(one, other),
  title: (one, other) => one.title.localeCompare(other.title) || urgency(one, other),
};

// Who a bead is assigned to: agents go by their id, whatever name they were called by.
export function holderOf(card, people) {
  return people.ids.get(card.assigned_to) || card.assigned_to;
}

export function peopleOf(agents) {
  return {
    names: new Map(agents.map(({ id, name }) => [id, name])),
    ids: new Map(agents.map(({ id, name }) => [name, id])),
  };
}

// The nearest epic above a bead, or else what it is a part of.
export function epicOf(card, cards, above) {
  const seen = new Set([card.id]);
  for (let id = card.parent; id && !seen.has(id); ) {
    seen.add(id);
    const bead = cards.get(id) || above[id];
    if (!bead) break;
    if (bead.type === "epic") return id;
    id = bead.parent;
  }
  return card.parent || NO_LANE;
}

export function fits(card, filter, { people, me, matches }) {
  if (filter.project && card.project_id !== filter.project) return false;
  if (filter.priority && String(card.priority) !== filter.priority) return false;
  if (filter.type && card.type !== filter.type) return false;
  if (filter.assigned_to && holderOf(card, people) !== filter.assigned_to) return false;
  if (filter.tag && !card.tags.includes(filter.tag)) return false;
  if (filter.mine && !me.includes(card.assigned_to)) return false;
  if (filter.blocked && !(card.is_blocked || card.status === "blocked")) return false;
  if (!filter.q || matches?.has(card.id)) return true;
  if (isQuery(filter.q)) return !matches; // until the server has said which
  const text = `${card.id} ${card.title} ${card.tags.join(" ")}`.toLowerCase();
  return filter.q.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

function laneOf(card, lanes, facts) {
  if (lanes === "agent") return holderOf(card, facts.people);
  if (lanes === "priority") return String(card.priority);
  if (lanes === "epic") return card.type === "epic" && !card.parent ? card.id : epicOf(card, facts.cards, facts.above);
  return NO_LANE;
}

export function laneTitle(lanes, key, facts) {
  if (lanes === "agent") return key ? facts.people.names.get(key) || key : "Nobody";
  if (lanes === "priority") return PRIORITIES[key];
  if (lanes !== "epic") return "";
  const epic = facts.cards.get(key) || facts.above[key];
  return key ? (epic ? `${key} ${epic.title}` : key) : "No epic";
}

// What a bead becomes by being put into a lane.
export function laneChange(lanes, key) {
  if (lanes === "agent") return { assigned_to: key };
  if (lanes === "priority") return { priority: Number(key) };
  return lanes === "epic" ? { parent: key || null } : {};
}

function inOrder(lanes) {
  if (lanes === "priority") return (one, other) => one.key.localeCompare(other.key);
  return (one, other) => Number(!one.key) - Number(!other.key) || one.title.localeCompare(other.title);
}

// The lanes with their cards by column. A cell in which nothing changed keeps its list, and so is not drawn again.
export function arrange(facts, view, kept) {
  const found = new Map();
  for (const card of facts.cards.values()) {
    if (!TITLES[card.status] || !fits(card, view, facts)) continue;
    const key = laneOf(card, view.lanes, facts);
    if (!found.has(key)) found.set(key, Object.fromEntries(COLUMNS.map(({ status }) => [status, []])));
    found.get(key)[card.status].push(card);
  }
  if (!view.lanes && found.size === 0) found.set(NO_LANE, Object.fromEntries(COLUMNS.map(({ status }) => [status, []])));
  const order = ORDERS[view.sort] || urgency;
  const lanes = [...found].map(([key, cells]) => {
    for (const { status } of COLUMNS) {
      cells[status].sort(status === "done" && !view.sort ? closing : order);
      const before = kept.get(`${key} ${status}`);
      if (before && before.length === cells[status].length && before.every((card, at) => card === cells[status][at])) cells[status] = before;
      kept.set(`${key} ${status}`, cells[status]);
    }
    return view.lanes ? { key, title: laneTitle(view.lanes, key, facts), cells } : { ...ALL, cells };
  });
  return lanes.sort(inOrder(view.lanes));
}

export const isWaiting = (card) => card.status === "open" && card.is_blocked;

const ahead = (at) => (at && new Date(at) > new Date() ? new Date(at) : null);

const near = (at) => (at.toDateString() === new Date().toDateString() ? at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : at.toLocaleDateString([], { month: "short", day: "numeric" }));

// Until when an open bead is left alone, in words; empty when it is not.
export function restOf(card) {
  if (card.status !== "open") return "";
  const deferred = ahead(card.defer_until);
  const rests = ahead(card.not_before);
  if (deferred && !(rests > deferred)) return `Deferred until ${near(deferred)}`;
  return rests ? `Rests until ${near(rests)}` : "";
}

// How high a card is, in pixels at the usual size of letters: cards are placed without being measured.
export function heightOf(card) {
  let height = 80;
  if (isWaiting(card) || restOf(card) || (card.status_reason && card.status !== "done")) height += 20;
  if (card.assigned_to || card.tags.length > 0 || card.due_date) height += 27;
  if (card.run) height += 40;
  return height;
}

// Where every lane and card is, from the top of the board.
export function placed(lanes, folded, scale) {
  let top = 0;
  const bands = lanes.map((lane) => {
    const head = lane.title ? LANE_HEAD * scale : 0;
    const isFolded = Boolean(lane.title) && folded.has(lane.key);
    const cells = {};
    let height = EMPTY_CELL * scale;
    for (const { status } of COLUMNS) {
      const tops = [];
      let end = CELL_PADDING;
      for (const card of lane.cells[status]) {
        tops.push(end);
        end += (heightOf(card) + GAP) * scale;
      }
      cells[status] = { cards: lane.cells[status], tops, height: end };
      height = Math.max(height, end + CELL_PADDING);
    }
    const band = { ...lane, top, head, isFolded, cells, height: isFolded ? 0 : height };
    top += head + band.height;
    return band;
  });
  return { bands, height: top };
}

// The part of sorted `tops` that shows between two heights, as [first, beyond the last].
export function between(tops, from, to) {
  const first = (limit) => {
    let [low, high] = [0, tops.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (tops[middle] < limit) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return [Math.max(0, first(from) - 1), first(to)];
}

// Where a card is: its band, column and place in it; null when it does not show.
export function whereIs(placing, id) {
  for (const [band, one] of placing.bands.entries())
    for (const [column, { status }] of COLUMNS.entries()) {
      const index = one.cells[status].cards.findIndex((card) => card.id === id);
      if (index >= 0) return { band, column, index };
    }
  return null;
}

export function visibleIds(placing) {
  return placing.bands.filter((band) => !band.isFolded).flatMap((band) => COLUMNS.flatMap(({ status }) => band.cells[status].cards.map((card) => card.id)));
}
