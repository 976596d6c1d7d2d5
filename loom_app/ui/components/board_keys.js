// The keys of the board, while nobody types.

import { useEffect, useRef } from "react";

const TYPING = /^(INPUT|TEXTAREA|SELECT)$/;
const GOING = {
  ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0],
  j: [0, 1], k: [0, -1], h: [-1, 0], l: [1, 0], J: [0, 1], K: [0, -1],
};
// What a key does on a card alone: on a button or link it does what the browser means by it.
const OF_CARDS = { Enter: "open", " ": "peek" };
const ANYWHERE = { x: "select", m: "lift", e: "open", a: "assign", p: "priority", c: "make", "/": "search", "?": "help", Escape: "leave" };

function meant(event, lifted) {
  if (event.key === "a" && (event.ctrlKey || event.metaKey)) return ["selectAll"];
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const going = GOING[event.key];
  if (lifted) {
    if (going) return ["carry", ...going];
    return { Enter: ["drop"], " ": ["drop"], m: ["drop"], Escape: ["leave"] }[event.key] || null;
  }
  const onCard = event.target.closest("[data-bead]") || event.target === document.body;
  if (going && (onCard || !event.key.startsWith("Arrow"))) return [event.shiftKey && going[1] ? "extend" : "go", ...going];
  if (OF_CARDS[event.key]) return onCard && !event.target.closest("a, button") ? [OF_CARDS[event.key]] : null;
  return ANYWHERE[event.key] ? [ANYWHERE[event.key]] : null;
}

// `does` has a function for every word above; one that answers false leaves the key to the browser.
export function useKeys(does, lifted) {
  const latest = useRef(null);
  latest.current = { does, lifted };
  useEffect(() => {
    const onKey = (event) => {
      if (event.defaultPrevented || event.target.closest?.("dialog, [contenteditable]")) return;
      if (TYPING.test(event.target.tagName) || (event.target.closest?.(".loom-peek") && event.key !== "Escape")) return;
      const what = meant(event, latest.current.lifted);
      if (what && latest.current.does[what[0]](...what.slice(1)) !== false) event.preventDefault();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
