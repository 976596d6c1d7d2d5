// Dragging by finger: a card that is held for a moment is lifted and follows; before that a finger scrolls the board.

import { useEffect, useRef } from "react";

const HOLD_MS = 400;
const SLACK = 10; // pixels a finger may tremble while it holds
const EDGE = 56;
const FASTEST = 16; // pixels a frame

function placeAt(x, y) {
  const cell = document.elementFromPoint(x, y)?.closest(".loom-cards");
  return cell ? { status: cell.dataset.status, lane: cell.dataset.lane } : null;
}

function shadow(words) {
  const shown = document.createElement("div");
  shown.className = "loom-drag-many is-following";
  shown.textContent = words;
  document.querySelector(".loom-shell").append(shown);
  return shown;
}

// How far to scroll along one axis with a finger at `at` between the edges `from` and `to`.
function pull(at, from, to) {
  const [before, beyond] = [from + EDGE - at, at - (to - EDGE)];
  if (before > 0) return -Math.min(1, before / EDGE) * FASTEST;
  return beyond > 0 ? Math.min(1, beyond / EDGE) * FASTEST : 0;
}

function scrollAtEdges(box, x, y) {
  const { left, right, top, bottom } = box.getBoundingClientRect();
  box.scrollLeft += pull(x, Math.max(left, 0), Math.min(right, window.innerWidth));
  const down = pull(y, Math.max(top, 0), Math.min(bottom, window.innerHeight));
  const before = box.scrollTop;
  box.scrollTop += down;
  if (down && box.scrollTop === before) window.scrollBy(0, down);
}

// `acts.pick(id)` lifts a card and answers what goes along, or null; `acts.over(place)` says where the finger is,
// `acts.drop(ids, place)` where it ended, null for nowhere.
export function useTouch(scroller, acts) {
  const latest = useRef(acts);
  latest.current = acts;
  useEffect(() => {
    const box = scroller.current;
    let held = null;

    const end = () => {
      const { card, target, timer, frame, follower } = held;
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      follower?.remove();
      card.draggable = held.draggable;
      for (const [name, listener] of LISTENERS) target.removeEventListener(name, listener);
      window.removeEventListener("keydown", onKeyDown, true);
      box.classList.remove("is-carrying");
      held = null;
    };
    const finish = (place) => {
      const { ids } = held;
      end();
      if (ids) latest.current.drop(ids, place);
    };
    const follow = () => {
      scrollAtEdges(box, held.x, held.y);
      held.follower.style.transform = `translate(${Math.min(held.x + 12, window.innerWidth - 170)}px, ${held.y - 44}px)`;
      const place = placeAt(held.x, held.y);
      const where = place && `${place.status} ${place.lane}`;
      if (where !== held.where) latest.current.over(place);
      held.where = where;
      held.frame = requestAnimationFrame(follow);
    };
    const lift = () => {
      held.ids = latest.current.pick(held.card.dataset.bead);
      if (!held.ids) return end();
      navigator.vibrate?.(12);
      box.classList.add("is-carrying");
      held.follower = shadow(held.ids.length > 1 ? `${held.ids.length} beads` : held.card.querySelector("h3").textContent);
      window.addEventListener("keydown", onKeyDown, true);
      return follow();
    };
    const onMove = (event) => {
      const [{ clientX: x, clientY: y }] = event.touches;
      if (held.ids) {
        event.preventDefault();
        [held.x, held.y] = [x, y];
      } else if (Math.hypot(x - held.x, y - held.y) > SLACK) end();
    };
    const onEnd = (event) => {
      if (!held.ids) return end();
      event.preventDefault(); // no click follows
      return finish(placeAt(held.x, held.y));
    };
    const onCancel = () => finish(null);
    const onMenu = (event) => event.preventDefault();
    const onKeyDown = (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      finish(null);
    };
    // What is touched may be scrolled out of the drawing: then it alone still hears of the finger.
    const LISTENERS = [["touchmove", onMove], ["touchend", onEnd], ["touchcancel", onCancel], ["contextmenu", onMenu]];
    const onStart = (event) => {
      if (held) return finish(null); // a second finger
      const card = event.target.closest?.("[data-bead]");
      if (!card || event.touches.length > 1) return undefined;
      const [{ clientX: x, clientY: y }] = event.touches;
      held = { card, target: event.target, x, y, draggable: card.draggable, timer: setTimeout(lift, HOLD_MS) };
      card.draggable = false; // the browser's own way of dragging would take the finger away
      for (const [name, listener] of LISTENERS) held.target.addEventListener(name, listener, { passive: false });
      return undefined;
    };
    box.addEventListener("touchstart", onStart, { passive: true });
    return () => {
      if (held) end();
      box.removeEventListener("touchstart", onStart);
    };
  }, [scroller]);
}
