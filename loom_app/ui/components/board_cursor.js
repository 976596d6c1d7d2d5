// Where one is on the board, what is selected and what is being carried by keys.

import { useCallback, useMemo, useRef, useState } from "react";
import { COLUMNS, TITLES, visibleIds, whereIs } from "./board_layout.js";

const EMPTY = new Set();
const MARGIN = 60;

function bounded(value, count) {
  return Math.min(Math.max(value, 0), count - 1);
}

// The card `across` columns and `down` cards from the place `at`; lanes follow one another.
function step(placing, at, across, down) {
  const open = placing.bands.map((band, index) => (band.isFolded ? -1 : index)).filter((index) => index >= 0);
  const list = (band, column) => placing.bands[band].cells[COLUMNS[column].status].cards;
  if (down) {
    const inside = list(at.band, at.column)[at.index + down];
    if (inside) return inside.id;
    const further = down > 0 ? open.filter((band) => band > at.band) : open.filter((band) => band < at.band).reverse();
    const band = further.find((one) => list(one, at.column).length > 0);
    return band === undefined ? null : list(band, at.column).at(down > 0 ? 0 : -1).id;
  }
  for (let column = at.column + across; column >= 0 && column < COLUMNS.length; column += across) {
    const cards = list(at.band, column);
    if (cards.length > 0) return cards[bounded(at.index, cards.length)].id;
  }
  return null;
}

// The card before or after another one, as one goes up and down; null at the end or when it does not show.
export function besides(placing, id, down) {
  const at = whereIs(placing, id);
  return at && step(placing, at, 0, down);
}

function bringIntoView(scroller, placing, at) {
  const band = placing.bands[at.band];
  const top = band.top + band.head + band.cells[COLUMNS[at.column].status].tops[at.index];
  const { scrollTop, clientHeight } = scroller;
  if (top < scrollTop + MARGIN) scroller.scrollTop = Math.max(0, top - MARGIN);
  else if (top + 200 > scrollTop + clientHeight) scroller.scrollTop = top + 260 - clientHeight;
  scroller.querySelectorAll(".loom-column-head")[at.column]?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

// `lift` is what is carried by keys, and where to.
export function useCursor(placing, scroller, mayWrite, lift, setLift) {
  const [here, setHere] = useState("");
  const [focus, setFocus] = useState({ id: "", turn: 0 });
  const [selected, setSelected] = useState(EMPTY);
  const [announced, announce] = useState("");
  const latest = useRef(null);
  latest.current = { placing, here, selected, lift, mayWrite };

  const goTo = useCallback(
    (id) => {
      const at = id && whereIs(latest.current.placing, id);
      if (!at) return false;
      setHere(id);
      bringIntoView(scroller.current, latest.current.placing, at);
      setFocus((before) => ({ id, turn: before.turn + 1 }));
      return true;
    },
    [scroller],
  );

  const next = useCallback((across, down) => {
    const { placing: now, here: id } = latest.current;
    const at = whereIs(now, id);
    return at ? step(now, at, across, down) : visibleIds(now)[0];
  }, []);

  const go = useCallback((across, down) => goTo(next(across, down)), [goTo, next]);

  const extend = useCallback(
    (across, down) => {
      const { here: from } = latest.current;
      const to = next(across, down);
      setSelected((before) => new Set([...before, from, to].filter(Boolean)));
      return goTo(to);
    },
    [goTo, next],
  );

  const toggle = useCallback((id) => {
    setSelected((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  }, []);

  // From the card one is at to another one of the same column.
  const selectTo = useCallback((id) => {
    const { placing: now, here: from } = latest.current;
    const [one, other] = [whereIs(now, from), whereIs(now, id)];
    const together = one && other && one.band === other.band && one.column === other.column;
    const cards = together ? now.bands[one.band].cells[COLUMNS[one.column].status].cards : [];
    const range = together ? cards.slice(Math.min(one.index, other.index), Math.max(one.index, other.index) + 1).map((card) => card.id) : [id];
    setSelected((before) => new Set([...before, ...range]));
  }, []);

  const going = useCallback((id) => {
    const { selected: chosen } = latest.current;
    return chosen.has(id) ? [...chosen] : [id];
  }, []);

  // Lifts a card with all that goes along; answers what that is, null where nothing can be moved.
  const pick = useCallback((id) => {
    const { placing: now, mayWrite: may } = latest.current;
    const at = whereIs(now, id);
    if (!at || !may) return null;
    const ids = going(id);
    setLift({ id, ids, status: COLUMNS[at.column].status, lane: now.bands[at.band].key });
    announce(`${ids.length > 1 ? `${ids.length} beads` : id} picked up from ${COLUMNS[at.column].title}. Arrow keys choose where, Enter drops, Escape leaves it.`);
    return ids;
  }, [going, setLift]);
  const pickUp = useCallback(() => Boolean(pick(latest.current.here)), [pick]);

  const carry = useCallback((across, down) => {
    const { placing: now, lift: held } = latest.current;
    const column = bounded(COLUMNS.findIndex(({ status }) => status === held.status) + across, COLUMNS.length);
    const band = bounded(now.bands.findIndex(({ key }) => key === held.lane) + down, now.bands.length);
    const place = { status: COLUMNS[column].status, lane: now.bands[band].key };
    setLift({ ...held, ...place });
    scroller.current.querySelectorAll(".loom-column-head")[column]?.scrollIntoView({ block: "nearest", inline: "nearest" });
    announce(`Over ${TITLES[place.status]}${now.bands[band].title ? `, ${now.bands[band].title}` : ""}.`);
  }, [scroller, setLift]);

  const letGo = useCallback((words) => {
    setLift(null);
    announce(words);
  }, [setLift]);

  const look = useMemo(
    () => ({ here, focus: focus.id, focusTurn: focus.turn, selected, lifted: lift ? new Set(lift.ids) : EMPTY }),
    [here, focus, selected, lift],
  );
  const clear = useCallback(() => setSelected(EMPTY), []);
  const selectAll = useCallback(() => setSelected(new Set(visibleIds(latest.current.placing))), []);
  return { here, setHere, look, selected, setSelected, announced, go, goTo, extend, toggle, selectTo, selectAll, clear, going, pick, pickUp, carry, letGo };
}
