// Text that is being written and not saved yet. It outlives the component, a reload and a lost session in this tab.

import { useCallback, useEffect, useSyncExternalStore } from "react";

const PREFIX = "loom:draft:";
const hearers = new Set();

function key(beadId, field) {
  return `${PREFIX}${beadId}:${field}`;
}

function store() {
  try {
    return window.sessionStorage;
  } catch {
    return null; // switched off in this browser
  }
}

const memory = new Map();

function recall(name) {
  if (!memory.has(name)) {
    const kept = store()?.getItem(name);
    memory.set(name, kept ? JSON.parse(kept) : null);
  }
  return memory.get(name);
}

function keep(name, draft) {
  memory.set(name, draft);
  try {
    if (draft) store()?.setItem(name, JSON.stringify(draft));
    else store()?.removeItem(name);
  } catch {
    // Full: the text stays in memory, and leaving the page still warns.
  }
  for (const hear of hearers) hear();
}

function subscribe(hear) {
  hearers.add(hear);
  return () => hearers.delete(hear);
}

const isUnsaved = (draft) => Boolean(draft) && draft.text !== draft.base;

// [what is being written of this field, or null; its setter]. A draft is {text, base}: base is what it began from.
export function useDraft(beadId, field) {
  const name = key(beadId, field);
  const draft = useSyncExternalStore(subscribe, () => recall(name), () => null);
  const set = useCallback((next) => keep(name, typeof next === "function" ? next(recall(name)) : next), [name]);
  return [draft, set];
}

// Whether something of this bead is written and not saved.
export function useUnsaved(beadId) {
  const look = () => [...memory].some(([name, draft]) => name.startsWith(key(beadId, "")) && isUnsaved(draft));
  return useSyncExternalStore(subscribe, look, () => false);
}

// Has the browser ask before the page is closed or loaded again.
export function useLeavingAsks(unsaved) {
  useEffect(() => {
    if (!unsaved) return undefined;
    const ask = (event) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [unsaved]);
}
