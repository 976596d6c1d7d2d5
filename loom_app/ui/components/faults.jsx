// Files what nobody caught in the pages as a bug for people to look at. Each error once, a few for each visit; what goes
// wrong in reporting is reported to nobody.

import { useEffect } from "react";

const MOST = 3;
const LONGEST = 20000;
// A lost connection, a request that was given up and a layout that settles later are nobody's mistake.
const EXPECTED = /AbortError|Failed to fetch|NetworkError|Load failed|ResizeObserver|Script error|dynamically imported module/;
const told = new Set();

function report(error) {
  const type = String(error?.name || "Error").slice(0, 100);
  const message = String(error?.message || error || "").slice(0, LONGEST);
  const key = `${type}: ${message}`;
  if (!message || error?.problem || EXPECTED.test(key) || told.has(key) || told.size >= MOST) return;
  told.add(key);
  const body = {
    title: `Page error: ${key}`.slice(0, 200), source: "frontend", error_type: type, message,
    stack_trace: String(error?.stack || "").slice(0, LONGEST),
    context: { page: window.location.pathname, browser: navigator.userAgent }, tags: ["requires-human-config"],
  };
  const headers = { "Content-Type": "application/json" };
  fetch("/api/v1/beads/auto-file", { method: "POST", headers, body: JSON.stringify(body) }).catch(() => {});
}

export function Faults({ mayReport }) {
  useEffect(() => {
    if (!mayReport) return undefined;
    const thrown = (event) => report(event.error);
    const rejected = (event) => report(event.reason);
    window.addEventListener("error", thrown);
    window.addEventListener("unhandledrejection", rejected);
    return () => {
      window.removeEventListener("error", thrown);
      window.removeEventListener("unhandledrejection", rejected);
    };
  }, [mayReport]);
  return null;
}
