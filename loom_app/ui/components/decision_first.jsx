// The inbox before its page has come to life: a place for it in the page as it is sent, and its first rows and code asked
// for at once, while everything else is still on its way.

import { get } from "./rest.js";

export const FIRST = 50;
export const NAMES = ["id", "view", "project", "risk", "kind", "mine", "sort"]; // what of the inbox the address has
const FRESH_MS = 10000;

export function inboxPath(asked, offset, limit) {
  const given = { view: asked.view, project_id: asked.project, risk: asked.risk, kind: asked.kind, mine: asked.mine && "true", sort: asked.sort, limit, offset };
  return `/api/v1/decisions/inbox?${new URLSearchParams(Object.entries(given).filter(([, value]) => value))}`;
}

function begun() {
  if (typeof window === "undefined" || !/^\/decisions\/?$/.test(window.location.pathname)) return null;
  const given = new URLSearchParams(window.location.search);
  const path = inboxPath(Object.fromEntries(NAMES.map((name) => [name, given.get(name) || ""])), 0, FIRST);
  const answer = get(path);
  import("./decisions.jsx").then(() => import("./decision_detail.jsx")).catch(() => undefined); // asked for again when they are needed
  answer.catch(() => undefined);
  return { path, answer, at: Date.now() };
}

let first = begun();

// What GET `path` answers, where that was asked for just now the answer to that.
export function getFirst(path) {
  const kept = first?.path === path && Date.now() - first.at < FRESH_MS ? first.answer : null;
  first = null;
  return kept || get(path);
}

export function InboxFirst() {
  return <div className="loom-first" aria-hidden="true" />;
}
