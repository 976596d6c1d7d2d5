// Loads what a component shows, and again when events may have been missed; never twice at once.

import { useCallback, useEffect, useRef } from "react";
import { get } from "./rest.js";

async function newest(otherwise) {
  try {
    return (await get("/api/v1/events/stats")).body.last_seq;
  } catch (error) {
    return error.status === 401 ? null : otherwise;
  }
}

// `since` is the number of the event the watcher began after. What was loaded at that number or later is complete, so
// a first load that runs while the socket still opens is not repeated; after a lost connection it is, if anything
// happened. `work` answers false when it failed; one that `tells` answers the newest event it has loaded.
export function useFresh(since, work, tells = false) {
  const current = useRef(work);
  const loaded = useRef(-1);
  const wanted = useRef(0);
  const busy = useRef(false);
  const again = useRef(false);

  const load = useCallback(async () => {
    again.current = true;
    if (busy.current) return;
    busy.current = true;
    try {
      while (again.current || loaded.current < wanted.current) {
        again.current = false;
        const seq = tells ? 0 : await newest(wanted.current);
        if (seq === null) break;
        const did = await current.current();
        if (did === false) break;
        loaded.current = Math.max(loaded.current, tells ? did : seq);
      }
    } finally {
      busy.current = false;
    }
  }, [tells]);

  useEffect(() => {
    const changed = current.current !== work;
    current.current = work;
    wanted.current = since;
    if (changed || (!busy.current && (loaded.current < 0 || loaded.current < since))) load(); // one under way goes on to `since`
  }, [since, work, load]);

  return load;
}

// Hands each batch of events that was not seen before to `hear`; `missed` says that some fell out of the window.
export function useEvents(events, since, hear) {
  const heard = useRef(0);
  const latest = useRef(hear);
  latest.current = hear;
  useEffect(() => {
    if (heard.current < since) heard.current = since;
  }, [since]);
  useEffect(() => {
    const fresh = events.filter((event) => event.seq > heard.current);
    if (fresh.length === 0) return;
    const before = heard.current;
    heard.current = fresh[fresh.length - 1].seq;
    latest.current(fresh, before > 0 && fresh[0].after > before);
  }, [events]);
}
