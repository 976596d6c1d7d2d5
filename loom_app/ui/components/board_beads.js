// The cards of the board: loaded in one answer, kept as they are by what the live window tells, asked for when it does not.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useEvents, useFresh } from "./fresh.js";
import { get, getIfOther } from "./rest.js";

const GATHER_MS = 120;
const MOST_ASKED = 200;
const FRESHEN_MS = 20000;
const RELOADING = ["agent.spawned", "agent.updated", "agent.deleted", "project.created", "project.updated", "project.deleted"];

// The last answer, for as long as the server says that it still holds: the next look at the same board costs little.
let kept = { path: "", tag: "", body: null };

async function loaded(path) {
  const { body, headers } = await getIfOther(path, kept.path === path ? kept.tag : "");
  if (body) kept = { path, tag: headers.get("ETag") || "", body };
  return [kept.body, Number(headers.get("Last-Seq"))];
}

const touches = (event) => (event.type.startsWith("bead.") || event.type.startsWith("run.")) && event.subject_id;

function withCards(before, cards, project) {
  const after = new Map(before.cards);
  for (const card of cards) {
    if (project && card.project_id !== project) after.delete(card.id);
    else after.set(card.id, card);
  }
  return { ...before, cards: after };
}

// `pending` are changes this page has sent and not yet heard of: they show over whatever is known meanwhile.
export function useBeads({ events, told, since, project, done }) {
  const [board, setBoard] = useState(null);
  const [pending, setPending] = useState(() => new Map());
  const [fault, setFault] = useState("");
  const stale = useRef(new Set());
  const timer = useRef(null);
  // An answer asked for before an event was heard may be older than the event: it is not shown but asked for again.
  const batches = useRef(0);
  const news = useRef(new Map());
  const later = useRef(() => {});
  const taken = useRef(0);

  const work = useCallback(async () => {
    const asked = batches.current;
    try {
      const narrowed = new URLSearchParams(Object.entries({ project_id: project, done }).filter(([, value]) => value));
      const [body, seq] = await loaded(`/api/v1/board?${narrowed}`);
      const outdated = (id) => news.current.get(id) > asked;
      setBoard((before) => ({
        ...body,
        cards: new Map(body.cards.map((card) => [card.id, (outdated(card.id) && before?.cards.get(card.id)) || card])),
        scope: project,
      }));
      for (const id of news.current.keys()) if (outdated(id)) stale.current.add(id);
      later.current();
      setFault("");
      return seq;
    } catch (error) {
      setFault(error instanceof TypeError ? "Loom cannot be reached." : error.message);
      return false;
    }
  }, [project, done]);
  const load = useFresh(since, work, true);

  const refresh = useCallback(async () => {
    const ids = [...stale.current];
    const asked = batches.current;
    stale.current.clear();
    if (ids.length === 0) return;
    if (ids.length > MOST_ASKED) return load();
    let found;
    try {
      found = (await get(`/api/v1/board/cards?ids=${ids.map(encodeURIComponent).join(",")}`)).body.cards;
    } catch {
      return; // the next event, or the connection when it is back, asks again
    }
    const current = (id) => !(news.current.get(id) > asked);
    const there = new Set(found.map((card) => card.id));
    setBoard((before) => {
      if (!before) return before;
      const after = withCards(before, found.filter((card) => current(card.id)), project);
      for (const id of ids) if (!there.has(id) && current(id)) after.cards.delete(id);
      return after;
    });
  }, [load, project]);

  later.current = () => {
    if (stale.current.size === 0) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(refresh, GATHER_MS);
  };

  useEvents(events, since, (fresh, missed) => {
    if (missed || fresh.some((event) => RELOADING.includes(event.type))) {
      load();
      return;
    }
    const moved = fresh.filter((event) => event.type === "bead.status_change" && event.data.to);
    const entries = told.filter((entry) => entry.seq > taken.current);
    const newest = new Map(entries.map((entry) => [entry.id, entry]));
    taken.current = Math.max(taken.current, ...entries.map((entry) => entry.seq));
    batches.current += 1;
    for (const entry of newest.values()) {
      news.current.set(entry.id, batches.current);
      if (entry.card) stale.current.delete(entry.id);
      else stale.current.add(entry.id);
    }
    for (const event of fresh) {
      if (!touches(event) || newest.get(event.subject_id)?.seq >= event.seq) continue;
      stale.current.add(event.subject_id);
      news.current.set(event.subject_id, batches.current);
    }
    setBoard((before) => {
      if (!before) return before;
      const after = withCards(before, [...newest.values()].map((entry) => entry.card).filter(Boolean), project);
      for (const event of moved) {
        const card = after.cards.get(event.subject_id);
        if (card && stale.current.has(card.id)) after.cards.set(card.id, { ...card, status: event.data.to, status_reason: event.data.reason || "" });
      }
      return after;
    });
    later.current();
  });

  // A lease is renewed without a word in the log.
  const working = useRef([]);
  working.current = board ? [...board.cards.values()].filter((card) => card.run).map((card) => card.id) : [];
  useEffect(() => {
    const clock = setInterval(() => {
      if (document.hidden || working.current.length === 0) return;
      for (const id of working.current.slice(0, MOST_ASKED)) stale.current.add(id);
      later.current();
    }, FRESHEN_MS);
    return () => {
      clearInterval(clock);
      clearTimeout(timer.current);
    };
  }, []);

  const cards = useMemo(() => {
    if (!board || pending.size === 0) return board?.cards || null;
    const shown = new Map(board.cards);
    for (const [id, change] of pending) if (shown.has(id)) shown.set(id, { ...shown.get(id), ...change });
    return shown;
  }, [board, pending]);

  const expect = useCallback((ids, change) => setPending((before) => new Map([...before, ...ids.map((id) => [id, change])])), []);
  // `facts` are what the server answered to a change sent at the moment `asked`; what was heard since is newer.
  const settle = useCallback((ids, facts, asked) => {
    setPending((before) => new Map([...before].filter(([id]) => !ids.includes(id))));
    if (!facts) return;
    setBoard((before) => {
      if (!before) return before;
      const after = new Map(before.cards);
      for (const id of ids) if (after.has(id) && !(news.current.get(id) > asked)) after.set(id, { ...after.get(id), ...facts });
      return { ...before, cards: after };
    });
  }, []);
  const moment = useCallback(() => batches.current, []);
  const ask = useCallback((ids) => {
    for (const id of ids) stale.current.add(id);
    later.current();
  }, []);

  return { board, cards, fault, load, expect, settle, ask, moment };
}
