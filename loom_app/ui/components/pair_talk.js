// A talk with an agent about a bead: what was said, what comes now, and what one can do.

import { useCallback, useEffect, useRef, useState } from "react";
import { hear } from "./pair_stream.js";
import { get, send } from "./rest.js";

const HIDDEN = [/<think>[\s\S]*?(<\/think>|$)/g, /(^|\n)[ \t]*```[ \t]*actions\b[\s\S]*?(\n[ \t]*```[ \t]*(?=\n|$)|$)/g];
const ORDER = /^\s*(```\w*\s*)?\{\s*"(actions|action|type)"/;

// The part of what a model says that is for people: without its thoughts and its orders.
export function spoken(text) {
  const said = HIDDEN.reduce((left, part) => left.replace(part, ""), text);
  return ORDER.test(said) ? "" : said.trim();
}

const path = (beadId, agentId) => `/api/v1/beads/${encodeURIComponent(beadId)}/pair${agentId ? `?agent_id=${encodeURIComponent(agentId)}` : ""}`;

const actionsOf = ({ actions, results }) =>
  actions.map(({ type, ...parameters }, position) => ({ position, type, parameters, status: results[position].status, message: results[position].message, metadata: results[position].metadata }));

// The messages with an event told; what an agent says stands under the number of its turn.
function told(messages, event) {
  const { name, data } = event;
  if (name !== "chunk" && name !== "actions") return messages;
  const turn = name === "chunk" ? Number(data.id.split(".").pop()) : data.turn;
  const known = messages.find((said) => said.turn === turn && said.role === "agent");
  const before = known || { turn, role: "agent", text: "", at: new Date().toISOString(), actions: [], diff: "", fault: "", remark: "", is_over: false };
  const choice = name === "chunk" ? data.choices[0] : null;
  const after = choice
    ? { ...before, text: before.text + (choice.delta.content || ""), is_over: Boolean(choice.finish_reason), model: data.model }
    : { ...before, actions: actionsOf(data), diff: data.diff, is_over: true };
  return known ? messages.map((said) => (said === known ? after : said)) : [...messages, after];
}

// {talk, state, fault, say, finish, stop, again}. `state` is "", connecting, answering, acting or stopping.
export function useTalk(beadId, agentId, beat) {
  const [talk, setTalk] = useState(null);
  const [state, setState] = useState("");
  const [fault, setFault] = useState(null);
  const line = useRef(null);

  const take = useCallback((event) => {
    if (event.name === "connected") setState((now) => (now === "stopping" ? now : "answering"));
    if (event.name === "chunk" && event.data.choices[0].finish_reason) setState((now) => (now === "stopping" ? now : "acting"));
    if (event.name === "chunk" && event.data.choices[0].delta.content) setState((now) => (now === "stopping" ? now : "answering"));
    setTalk((before) => before && { ...before, session_id: event.data.session_id || before.session_id, messages: told(before.messages, event) });
  }, []);

  const load = useCallback(async () => {
    const { body } = await get(path(beadId, agentId));
    setTalk(body);
    return body;
  }, [beadId, agentId]);

  const follow = useCallback(async (what) => {
    const gone = new AbortController();
    line.current = gone;
    setFault(null);
    setState("connecting");
    try {
      await hear({ ...what, signal: gone.signal, onEvent: take });
    } catch (error) {
      if (gone.signal.aborted) return false;
      setFault(error);
    }
    if (line.current === gone) line.current = null;
    await load().catch(setFault);
    setState("");
    return true;
  }, [take, load]);

  const look = useCallback(async () => {
    if (line.current) return;
    try {
      const found = await load();
      if (found.live && !line.current) follow({ session: found.session_id, place: found.place });
    } catch (error) {
      setFault(error);
    }
  }, [load, follow]);

  useEffect(() => {
    setTalk(null);
    setState("");
    return () => {
      line.current?.abort();
      line.current = null;
    };
  }, [beadId, agentId]);
  useEffect(() => {
    look();
  }, [look, beat]);

  const shown = (text) => setTalk((before) => {
    const last = before.messages.at(-1)?.turn || 0;
    return { ...before, live: true, messages: [...before.messages.filter((said) => !(said.fault && !said.text && said.turn === last)), { turn: last, role: "person", text, at: new Date().toISOString(), actions: [] }] };
  });
  const say = (agent, message) => {
    shown(message);
    return follow({ sent: { path: "/api/v1/pair", body: { agent_id: agent, bead_id: beadId, message } } });
  };
  const finish = (message) => {
    shown("Finish it.");
    return follow({ sent: { path: `/api/v1/pair/${encodeURIComponent(talk.session_id)}/finish`, body: { message } } });
  };
  const stop = async () => {
    setState("stopping");
    await send("POST", `/api/v1/pair/${encodeURIComponent(talk.session_id)}/stop`).catch((error) => error.problem?.code === "nothing_on" || setFault(error));
  };
  return { talk, state, fault, say, finish, stop, look };
}
