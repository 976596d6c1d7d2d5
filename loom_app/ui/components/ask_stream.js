// A message to Loom and its answer as it comes: server-sent events over POST, read piece by piece.

import { Refused } from "./rest.js";

function event(block) {
  const read = { name: "message", data: "" };
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) read.name = line.slice(6).trim();
    else if (line.startsWith("data:")) read.data += line.slice(5).trimStart();
  }
  return read;
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) yield event(block);
  }
}

async function refusal(response) {
  if (response.status === 401) window.location.assign(`/login?next=${encodeURIComponent(window.location.pathname)}`);
  const problem = await response.json().catch(() => ({}));
  return new Refused(problem, response.status);
}

// Answers the whole exchange. `heard` is told of each step ({ step }), of text ({ text }), and that it does not count ({ void }).
export async function ask(message, signal, heard) {
  const response = await fetch("/api/v1/repl/stream", {
    method: "POST", signal, headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify({ message }),
  });
  if (!response.ok) throw await refusal(response);
  for await (const { name, data } of events(response.body)) {
    const told = data ? JSON.parse(data) : {};
    if (name === "step") heard({ step: told.words });
    else if (name === "chunk") heard({ text: told.text });
    else if (name === "void") heard({ void: true });
    else if (name === "error") throw new Refused({ detail: told.error, code: told.code }, told.status);
    else if (name === "answer") return told;
  }
  throw new Error("The connection ended before the answer did. Ask again.");
}
