// The notifications of whoever looks: read page by page, fresh after events, and what is done to them.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useEvents, useFresh } from "./fresh.js";
import { get, send } from "./rest.js";

// Beginnings of the types of events that tell somebody something or end what they were told.
export const NEWS = /^(decision|pull_request|milestone|budget|provider|webhook|backup)\.|^project\.(member|deleted|readiness|branch|patch)|^bead\.(created|assigned|comment|conflict|completed|status_change|deleted|updated)|^run\.(claimed|started|ended|revert)/;
const PATH = "/api/v1/notifications";
const PAGE = 50;
const MOST = 200; // in one answer
const GATHER_MS = 400;
const CHANGED = "loom-inbox-changed";

export const pathOf = (id) => `${PATH}/${encodeURIComponent(id)}`;
export const preferencesPath = `${PATH}/preferences`;
export const waits = (one) => one.needs_action && !one.settled_at && one.status !== "archived";
export const isPutOff = (one) => Boolean(one.snoozed_until) && new Date(one.snoozed_until) > new Date();

const VIEWS = {
  "": {},
  needs: { needs_action: "true" },
  unread: { status: "unread", settled: "false" },
  snoozed: { snoozed: "true" },
  archived: { status: "archived" },
};

export function listPath({ view, project, priority, type }, offset, limit) {
  const given = { ...VIEWS[view], project_id: project, priority, event_type: type, limit, offset };
  return `${PATH}?${new URLSearchParams(Object.entries(given).filter(([, value]) => value !== "" && value !== undefined))}`;
}

// Has the bell and the page know of what was done in the other one.
export function tellChanged(by) {
  window.dispatchEvent(new CustomEvent(CHANGED, { detail: by }));
}

export function useChanged(by, hear) {
  const latest = useRef(hear);
  latest.current = hear;
  useEffect(() => {
    const heard = (event) => event.detail !== by && latest.current();
    window.addEventListener(CHANGED, heard);
    return () => window.removeEventListener(CHANGED, heard);
  }, [by]);
}

// Calls `load` a moment after events that tell of notifications.
export function useNews(events, since, load) {
  const timer = useRef(0);
  useEvents(events, since, (fresh, missed) => {
    if (!missed && !fresh.some((event) => NEWS.test(event.type))) return;
    timer.current ||= setTimeout(() => { // what keeps happening does not put it off
      timer.current = 0;
      load();
    }, GATHER_MS);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
}

// {rows, unread, needsYou, whole, fault, load, more, change}. `rows` is null until the first answer, `whole` says that
// there are no more. `change(ids, fields)` shows at once what the server is about to be told.
export function useNotifications(asked, events, since) {
  const [held, setHeld] = useState({ rows: null, unread: 0, needsYou: 0, whole: true });
  const [fault, setFault] = useState("");
  const shown = useRef(PAGE);
  const latest = useRef(asked);
  latest.current = asked;
  useEffect(() => {
    shown.current = PAGE;
  }, [asked]);

  const work = useCallback(async () => {
    try {
      const limit = Math.min(shown.current, MOST);
      const offsets = Array.from({ length: Math.ceil(shown.current / limit) }, (_, at) => at * limit);
      const pages = await Promise.all(offsets.map((offset) => get(listPath(asked, offset, limit)).then(({ body }) => body)));
      if (latest.current !== asked) return true;
      const rows = new Map(pages.flatMap((page) => page.notifications.map((row) => [row.id, row])));
      setHeld({ rows: [...rows.values()], unread: pages[0].unread, needsYou: pages[0].needs_you, whole: rows.size >= pages.at(-1).total });
      setFault("");
      return true;
    } catch (error) {
      setFault(error instanceof TypeError ? "Loom cannot be reached." : error.message);
      return false;
    }
  }, [asked]);
  const load = useFresh(since, work);
  useNews(events, since, load);
  useChanged("page", load);

  const more = useCallback(() => {
    shown.current += PAGE;
    return load();
  }, [load]);
  const change = useCallback((ids, fields) => {
    const those = new Set(ids);
    setHeld((before) => ({ ...before, rows: before.rows?.map((row) => (those.has(row.id) ? { ...row, ...fields } : row)) ?? null }));
  }, []);
  return useMemo(() => ({ ...held, fault, load, more, change }), [held, fault, load, more, change]);
}

export const mark = (id, how) => send("POST", `${pathOf(id)}/${how}`);
export const putOff = (id, until) => send("POST", `${pathOf(id)}/snooze`, { until });
export const markAllRead = (before) => send("POST", `${PATH}/mark-all-read`, before ? { before } : {});
export const counts = () => get(`${PATH}/count`).then(({ body }) => body);
