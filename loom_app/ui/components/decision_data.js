// The inbox as its page holds it: read page by page, fresh after events, and what is done to its decisions.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { FIRST, getFirst, inboxPath } from "./decision_first.jsx";
import { useEvents, useFresh } from "./fresh.js";
import { send } from "./rest.js";

const PAGE = 200;
const GATHER_MS = 120;

export const decisionPath = (id) => `/api/v1/decisions/${encodeURIComponent(id)}`;
export const decisionPage = (id) => `/decisions?id=${encodeURIComponent(id)}`;

// {rows, total, counts, fault, more, load, beat}; `rows` is null until the first answer. `beat` rises with every
// change of a decision, whichever it is.
export function useInbox({ view, project, risk, kind, mine, sort }, events, since) {
  const [held, setHeld] = useState({ rows: null, total: 0, counts: {} });
  const [fault, setFault] = useState("");
  const [beat, setBeat] = useState(1);
  const timer = useRef(null);
  const shown = useRef(FIRST);
  const asked = useMemo(() => ({ view, project, risk, kind, mine, sort }), [view, project, risk, kind, mine, sort]);
  const latest = useRef(asked);
  latest.current = asked;
  useEffect(() => {
    shown.current = FIRST;
  }, [asked]);

  const work = useCallback(async () => {
    try {
      const limit = Math.min(shown.current, PAGE);
      const offsets = Array.from({ length: Math.ceil(shown.current / limit) }, (_, at) => at * limit);
      const pages = await Promise.all(offsets.map((offset) => getFirst(inboxPath(asked, offset, limit))));
      if (latest.current !== asked) return 0;
      const last = pages[pages.length - 1].body;
      const rows = new Map(pages.flatMap(({ body }) => body.decisions.map((row) => [row.id, row])));
      setHeld({ rows: [...rows.values()], total: last.total, counts: last.counts });
      setFault("");
      return Math.min(...pages.map(({ headers }) => Number(headers.get("Last-Seq"))));
    } catch (error) {
      setFault(error instanceof TypeError ? "Loom cannot be reached." : error.message);
      return false;
    }
  }, [asked]);
  const load = useFresh(since, work, true);

  useEvents(events, since, (fresh, missed) => {
    if (!missed && !fresh.some((event) => /^(decision\.|project\.member|run\.commented$)/.test(event.type))) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      setBeat((count) => count + 1);
      load();
    }, GATHER_MS);
  });
  useEffect(() => () => clearTimeout(timer.current), []);

  const more = useCallback(() => {
    if (!held.rows || held.rows.length >= held.total || shown.current > held.rows.length) return;
    shown.current = shown.current < PAGE ? PAGE : shown.current + PAGE;
    load();
  }, [held, load]);
  const changed = useCallback(() => {
    setBeat((count) => count + 1);
    return load();
  }, [load]);
  return { ...held, fault, beat, more, load: changed };
}

export const answer = (id, given) => send("POST", `${decisionPath(id)}/decide`, given);
export const delegate = (id, given) => send("POST", `${decisionPath(id)}/delegate`, given);
export const snooze = (id, until) => send("POST", `${decisionPath(id)}/snooze`, { until });
export const takeBack = (id, reason) => send("DELETE", decisionPath(id), { reason });
export const extend = (id, deadline) => send("PATCH", decisionPath(id), { deadline });
export const answerAll = (answers) => send("POST", "/api/v1/decisions/decide", { answers });
