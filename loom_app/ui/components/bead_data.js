// A bead as its page and panel hold it: read by REST, fresh after events, changed field by field.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useEvents, useFresh } from "./fresh.js";
import { all, get, send } from "./rest.js";
import { toldChange } from "./undo.js";

const GATHER_MS = 150;
const TRIES = 5;

export const beadPath = (id) => `/api/v1/beads/${encodeURIComponent(id)}`;
export const beadPage = (id) => `/beads/${encodeURIComponent(id)}`;
export const same = (one, other) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

// A field that one changes was changed by somebody else since one saw it.
export class Changed extends Error {
  constructor(fields, bead) {
    super(`${fields.map((field) => field.replaceAll("_", " ")).join(" and ")} changed meanwhile.`);
    this.bead = bead;
  }
}

// Sends `fields`; `seen` is what they were when one began. A change of anything else meanwhile does no harm.
async function patched(id, fields, seen, known) {
  for (let tries = 1; ; tries += 1) {
    try {
      return (await send("PATCH", beadPath(id), { ...fields, expected_updated_at: known.updated_at })).body;
    } catch (error) {
      if (error.problem?.code !== "bead_changed" || tries === TRIES) throw error;
      known = (await get(beadPath(id))).body;
      const differing = Object.keys(seen).filter((name) => !same(seen[name], known[name]));
      if (differing.length > 0) throw new Changed(differing, known);
    }
  }
}

// {bead, fault, gone, beat, load, change}. `beat` rises whenever the bead or its neighbourhood was read anew;
// `change(fields, {seen, told})` shows them at once and throws what the server refuses.
export function useBead(id, events, since) {
  const [bead, setBead] = useState(null);
  const [pending, setPending] = useState([]);
  const [fault, setFault] = useState(null);
  const [beat, setBeat] = useState(0);
  const timer = useRef(null);
  const known = useRef(null);
  const queue = useRef(Promise.resolve());

  const take = useCallback((read) => {
    known.current = read;
    setBead(read);
    setFault(null);
    setBeat((count) => count + 1);
  }, []);
  const work = useCallback(async () => {
    if (!id) return false;
    try {
      take((await get(beadPath(id))).body);
      return true;
    } catch (error) {
      if (error.status === 404) setBead(null);
      setFault(error);
      return false;
    }
  }, [id, take]);
  const load = useFresh(since, work);

  useEvents(events, since, (fresh, missed) => {
    const near = [id, ...(bead?.blocked_by || []), ...(bead?.blocks || []), ...(bead?.children || [])];
    const names = (event) => near.includes(event.subject_id) || JSON.stringify(event.data || {}).includes(JSON.stringify(id));
    if (!missed && !fresh.some(names)) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(load, GATHER_MS);
  });
  useEffect(() => () => clearTimeout(timer.current), []);

  const change = useCallback(async (fields, { seen = {}, told } = {}) => {
    setPending((before) => [...before, fields]);
    // One after another: each is measured against what the one before made of the bead.
    const mine = queue.current.then(() => patched(id, fields, seen, known.current));
    queue.current = mine.catch(() => undefined);
    try {
      const body = await mine;
      take(body);
      if (told) toldChange(told, body.change_id, load);
      return body;
    } catch (error) {
      if (error instanceof Changed) take(error.bead);
      throw error;
    } finally {
      setPending((before) => before.filter((one) => one !== fields));
    }
  }, [id, take, load]);

  const shown = useMemo(() => (bead ? Object.assign({}, bead, ...pending) : null), [bead, pending]);
  return { bead: shown, fault, beat, load, change };
}

// [what GET `path` answers or null, the error or null, a way to ask again]. It is asked for when `path` changes, and
// when `beat` does as soon as the answer before is there; an empty path asks nothing.
export function useAnswer(path, beat) {
  const [told, setTold] = useState({ path: "", body: null, fault: null });
  const asking = useRef({ path: "", again: false });
  const ask = useCallback(async () => {
    const turn = asking.current;
    turn.again = turn.path === path;
    if (turn.again) return;
    turn.path = path;
    do {
      turn.again = false;
      const answer = await get(path).then(({ body }) => ({ body, fault: null }), (fault) => ({ fault }));
      if (turn.path === path) setTold((before) => ({ path, body: before.path === path ? before.body : null, ...answer }));
    } while (turn.again && turn.path === path);
    if (turn.path === path) turn.path = "";
  }, [path]);
  useEffect(() => {
    if (path && beat) ask();
  }, [ask, path, beat]);
  useEffect(() => () => {
    asking.current.path = "";
  }, []);
  return told.path === path ? [told.body, told.fault, ask] : [null, null, ask];
}

// Who and what a bead may be given to: agents, the project's people, projects; `name(id)` is what to call one of them.
export function useNames(projectId) {
  const [known, setKnown] = useState({ agents: [], people: [], projects: [] });
  useEffect(() => {
    if (!projectId) return undefined;
    const gone = new AbortController();
    const rows = (path) => all(path, gone.signal).catch(() => []);
    Promise.all([rows("/api/v1/agents"), rows(`/api/v1/projects/${encodeURIComponent(projectId)}/members`), rows("/api/v1/projects")]).then(
      ([agents, people, projects]) => gone.signal.aborted || setKnown({ agents, people, projects }),
    );
    return () => gone.abort();
  }, [projectId]);
  return useMemo(() => {
    const names = new Map([...known.agents.map((agent) => [agent.id, agent.name]), ...known.people.map((person) => [person.user_id, person.username])]);
    return { ...known, name: (id) => names.get(id) || id };
  }, [known]);
}

// Beads by id or words, for pickers; `except` are ids that make no sense there.
export async function findBeads(text, signal, except) {
  const query = text ? `q=${encodeURIComponent(text)}` : "sort=updated";
  const { body } = await get(`/api/v1/beads?limit=30&${query}`, signal);
  return body.filter((bead) => !except.includes(bead.id)).map((bead) => ({ id: bead.id, name: bead.title, hint: `${bead.id} · ${bead.status.replace("_", " ")}` }));
}

// Whether `me` holds a permission such as beads:delete, wildcards counted.
export function may(me, permission) {
  const [resource, action] = permission.split(":");
  return Boolean(me?.permissions.some((held) => [permission, `${resource}:*`, `*:${action}`, "*:*"].includes(held)));
}

let asked = null;

// Who is looking: {id, username, permissions}, null while unknown.
export function useMe() {
  const [me, setMe] = useState(null);
  useEffect(() => {
    asked ||= get("/api/v1/auth/me").then(({ body }) => body);
    asked.then(setMe, () => {
      asked = null;
    });
  }, []);
  return me;
}
