// One provider: its status with evidence, and the buttons.

import { useState } from "react";
import { toast } from "sonner";
import { Ago } from "./ago.jsx";
import { useAnswer } from "./bead_data.js";
import { Confirm, Fault, useSending } from "./parts.jsx";
import { Models } from "./provider_models.jsx";
import { send } from "./rest.js";

const STATUS = { pending: "Not checked yet", active: "Active", healthy: "Healthy", error: "Does not answer", failed: "Given up for now" };
const WORKS = ["active", "healthy"];
const KINDS = {
  tokenhub: "TokenHub", openai: "OpenAI", anthropic: "Anthropic", vllm: "vLLM", llamacpp: "llama.cpp", local: "local server",
  custom: "OpenAI-compatible",
};
const FAULTS = {
  unreachable: "could not be reached", timeout: "took too long", rate_limited: "asked to slow down", budget: "its budget is used up",
  auth: "refused the key", bad_request: "refused the request", context_overflow: "context too long", server: "failed on its side",
  garbage: "answered nonsense", cut_off: "broke off", model_missing: "does not have the model", no_tools: "takes no function calls",
};

const FORMATS = { tools: "function calls", envelope: "JSON, several at once", simple: "JSON, one at a time" };

const ms = (value) => (value === null || value === undefined ? "–" : value < 1000 ? `${value} ms` : `${(value / 1000).toFixed(1)} s`);
const percent = (rate) => `${(rate * 100).toFixed(rate > 0.995 && rate < 1 ? 1 : 0)} %`;

function Fact({ name, title, children }) {
  return <div title={title}><dt>{name}</dt><dd>{children}</dd></div>;
}

// What the status means for work, in a sentence.
function Meaning({ row, seen }) {
  if (WORKS.includes(row.status)) return null;
  if (row.status === "pending") return <p className="loom-quiet">It is looked at within seconds. It gets no work until it has answered.</p>;
  const probing = seen?.doubt
    ? "A list of models is no proof after this: it has to answer a completion. It is asked for one when work waits, or when you press Test."
    : row.status === "failed"
      ? "It is looked at every half minute, and gets work again by itself once it answers."
      : "It is looked at again within seconds, and gets work again by itself once it answers.";
  return (
    <div className="loom-fault" role="status">
      <p>{row.last_heartbeat_error || "It did not answer."}</p>
      <p className="loom-quiet">{probing}</p>
    </div>
  );
}

function Evidence({ row, seen, fault, ask }) {
  if (fault) return <Fault>{fault.message} <button type="button" className="loom-button" onClick={ask}>Try again</button></Fault>;
  if (!seen) return <div className="loom-skeleton" aria-label="Loading how it does" />;
  const failed = seen.last_failure;
  return (
    <dl className="loom-facts loom-provider-facts">
      <Fact name="Last answer"><Ago at={seen.last_success_at} never={row.verified_at ? <Ago at={row.verified_at} /> : "none yet"} /></Fact>
      <Fact name="Answers" title={`Of the newest ${seen.calls} calls`}>{seen.calls ? <>{percent(seen.success_rate)} <span className="loom-quiet">of {seen.calls}</span></> : <span className="loom-quiet">no calls yet</span>}</Fact>
      <Fact name="Latency p50 / p95" title="Of the newest calls that were answered">{ms(seen.latency_p50_ms)} / {ms(seen.latency_p95_ms)}</Fact>
      <Fact name="First token p50">{ms(seen.first_token_p50_ms)}</Fact>
      <Fact name="Calls now" title="Those of all workers together">{seen.in_flight}{seen.max_calls === null ? <span className="loom-quiet">no limit</span> : <> of {seen.max_calls}{seen.waiting > 0 && <span className="loom-quiet">{seen.waiting} wait</span>}</>}</Fact>
      <Fact name="Heartbeat">{ms(seen.last_heartbeat_latency_ms)} <Ago at={seen.last_heartbeat_at} /></Fact>
      <Fact name="Actions" title={row.format_reason}>{FORMATS[row.format_in_use] || row.format_in_use} <span className="loom-quiet">{row.action_format === "auto" ? "as suits the model" : "chosen"}</span></Fact>
      {Object.entries(row.refused_formats).map(([format, told]) => (
        <Fact key={format} name="Not taken" title={told.why}><details className="loom-fold"><summary>{FORMATS[format] || format} <Ago at={told.at} /></summary><p className="loom-prose">{told.why}</p></details></Fact>
      ))}
      {failed && <Fact name="Last fault" title={failed.message}><details className="loom-fold"><summary>{FAULTS[failed.kind] || failed.kind.replaceAll("_", " ")} <Ago at={failed.at} /></summary><p className="loom-prose">{failed.message}</p></details></Fact>}
    </dl>
  );
}

function Head({ row, testing, mayWrite, mayDelete, onEdit, onDelete }) {
  return (
    <header className="loom-row is-between">
      <div className="loom-row">
        <h2>{row.name}</h2>
        <span className={`loom-status is-${row.status}`}>{STATUS[row.status] || row.status}</span>
        {row.is_demo && <span className="loom-demo">demo model</span>}
        {!row.is_shared && <span className="loom-tag">private</span>}
      </div>
      <div className="loom-row">
        {mayWrite && <button type="button" className="loom-button" aria-label={`Test ${row.name}`} disabled={testing.busy} onClick={() => testing.submit()}>{testing.busy ? "Asking it…" : "Test"}</button>}
        {mayWrite && <button type="button" className="loom-button" aria-label={`Edit ${row.name}`} onClick={() => onEdit(row.id)}>Edit</button>}
        {mayDelete && <button type="button" className="loom-button is-danger" aria-label={`Remove ${row.name}`} onClick={onDelete}>Remove</button>}
      </div>
    </header>
  );
}

export function Provider({ row, beat, load, mayWrite, mayDelete, onEdit }) {
  const [removing, setRemoving] = useState(false);
  const path = `/api/v1/providers/${encodeURIComponent(row.id)}`;
  const [seen, unseen, ask] = useAnswer(`${path}/health`, beat);
  const testing = useSending(async () => {
    const { body } = await send("POST", `${path}/check`);
    await load();
    if (WORKS.includes(body.status)) toast.success(`${body.name} answers with ${body.selected_model || body.model} in ${body.last_heartbeat_latency_ms} ms.`);
  });
  const remove = async () => {
    await send("DELETE", path);
    toast.success(`${row.name} was removed.`);
    await load();
  };
  return (
    <article className="loom-panel loom-provider" aria-label={row.name} data-provider={row.id}>
      <Head row={row} testing={testing} mayWrite={mayWrite} mayDelete={mayDelete} onEdit={onEdit} onDelete={() => setRemoving(true)} />
      <p className="loom-quiet loom-provider-where"><code>{row.endpoint}</code> <span>{KINDS[row.type] || row.type}, {row.requires_key ? "with a key" : "without a key"}{row.description && `. ${row.description}`}</span></p>
      <Meaning row={row} seen={seen} />
      <Fault>{testing.fault}</Fault>
      <Evidence row={row} seen={seen} fault={unseen} ask={ask} />
      <Models row={row} path={path} load={load} mayWrite={mayWrite} />
      <Confirm open={removing} title={`Remove ${row.name}`} action="Remove it" onClose={() => setRemoving(false)} onConfirm={remove}>
        <p>Its key is forgotten. Runs that use it end with their next call, and agents rest while no other provider works.</p>
      </Confirm>
    </article>
  );
}
