// What the board shows, kept in its address: so it can be shared, reloaded and gone back to.

import { useCallback, useEffect, useState } from "react";
import { useLocation } from "react-router";

export const NARROWING = ["project", "q", "priority", "type", "assigned_to", "tag", "mine", "blocked"];
const KEPT = [...NARROWING, "lanes", "sort", "done"];
const KEYS = [...KEPT, "view", "bead"];
export const BARE = Object.fromEntries(KEYS.map((key) => [key, ""]));

export function readAddress(search = window.location.search) {
  const given = new URLSearchParams(search);
  return Object.fromEntries(KEYS.map((key) => [key, given.get(key) || ""]));
}

export function written(state, keys = KEYS) {
  return new URLSearchParams(keys.filter((key) => state[key]).map((key) => [key, state[key]])).toString();
}

// What a saved view keeps of an address.
export const queryOf = (state) => written(state, KEPT);

export const isNarrowed = (state) => NARROWING.some((key) => state[key]);

const onBoard = () => window.location.pathname.startsWith("/board");

// The state of the address and a function that changes it. A change is a step of the history, to go back to; while
// somebody types it replaces the last one (`typing`).
export function useAddress() {
  const [state, setState] = useState(readAddress);
  const { key } = useLocation();

  // A link to the board, followed on the board, shows what it names.
  useEffect(() => {
    if (onBoard()) setState(readAddress());
  }, [key]);

  const change = useCallback((patch, typing = false) => {
    if (!onBoard()) return; // the page is being left already
    const before = readAddress();
    const after = { ...before, ...patch };
    const [from, to] = [written(before), written(after)];
    if (from !== to) {
      const how = typing ? "replaceState" : "pushState";
      window.history[how](window.history.state, "", to ? `?${to}` : window.location.pathname);
    }
    setState(after);
  }, []);

  useEffect(() => {
    const onBack = (event) => {
      if (!onBoard()) return;
      // Between two states of this board no other page is opened: the router would have everything loaded again.
      event.stopImmediatePropagation();
      setState(readAddress());
    };
    window.addEventListener("popstate", onBack, true);
    return () => window.removeEventListener("popstate", onBack, true);
  }, []);

  return [state, change];
}
