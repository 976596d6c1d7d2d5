// Server-sent events over fetch, so that a message can be sent and a place named; goes on by itself after a break.

import { Refused } from "./rest.js";

const PAUSES_MS = [300, 1000, 2000, 4000, 8000];

function parsed(block) {
  const fields = {};
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 1).replace(/^ /, "");
  }
  return fields.data ? { name: fields.event, data: JSON.parse(fields.data), id: fields.id } : null;
}

async function read(response, onEvent) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let left = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    left = (left + value).replaceAll("\r\n", "\n");
    const blocks = left.split("\n\n");
    left = blocks.pop();
    for (const event of blocks.map(parsed)) if (event) onEvent(event);
  }
}

async function open(path, options, onEvent) {
  const response = await fetch(path, { ...options, headers: { Accept: "text/event-stream", ...options.headers } });
  if (response.status === 204) return;
  if (!response.ok) throw new Refused(await response.json().catch(() => ({})), response.status);
  await read(response, onEvent);
}

const pause = (ms) => new Promise((go) => setTimeout(go, ms));

// Hears an answer to its end: that to `sent` ({path, body}), or that of `session` after `place`. A line that breaks is
// taken up where it was. Throws what the server refuses, and what keeps it away.
export async function hear({ sent, session, place, signal, onEvent }) {
  let at = place, known = session, over = false, tries = 0;
  const take = (event) => {
    at = event.id;
    tries = 0;
    if (event.name === "connected") known = event.data.session_id;
    over = event.name === "done" || event.name === "error";
    onEvent(event);
  };
  const post = () => open(sent.path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(sent.body), signal }, take);
  const goOn = () => open(`/api/v1/pair/${encodeURIComponent(known)}/stream`, { headers: at ? { "Last-Event-ID": at } : {}, signal }, take);
  if (sent) {
    try {
      await post();
    } catch (error) {
      if (signal.aborted || error instanceof Refused || !at) throw error;
    }
  }
  while (!over && !signal.aborted) {
    const began = at;
    try {
      await goOn();
      if (at === began) return;
    } catch (error) {
      if (signal.aborted || error instanceof Refused || tries === PAUSES_MS.length) throw error;
    }
    if (!over) await pause(PAUSES_MS[Math.min(tries++, PAUSES_MS.length - 1)]);
  }
}
