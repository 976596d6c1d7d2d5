// Which model a provider is asked for and why, and the others it offers: what their names tell, how they score.

import { useState } from "react";
import { toast } from "sonner";
import { useAnswer } from "./bead_data.js";
import { Fault } from "./parts.jsx";
import { send } from "./rest.js";

const WORK = [["simple", "Simple work"], ["medium", "Medium work"], ["complex", "Complex work"], ["extended", "The hardest work"]];
const FEW = 12;
const role = (name) => name.replaceAll("-", " ");

const size = (model) => {
  if (model.total_params_b === null && model.active_params_b === null) return "size not told";
  const total = model.total_params_b === null ? "" : `${model.total_params_b}B`;
  return model.active_params_b !== null && model.active_params_b !== model.total_params_b ? `${total} (${model.active_params_b}B at work)`.trim() : total;
};

function tags(model) {
  const told = [
    model.kind !== "chat" && model.kind, model.instruct && "instruct", model.coder && "code", model.reasoning && "reasons",
    model.vision && "sees", model.precision && (model.quantization && model.quantization !== model.precision ? `${model.precision} ${model.quantization}` : model.precision),
  ];
  return told.filter(Boolean);
}

function Parts({ model }) {
  return (
    <details className="loom-fold">
      <summary>{model.eligible ? model.score.toFixed(1) : "–"}<span className="loom-unseen"> points, made of</span></summary>
      <ul className="loom-parts">
        {model.parts.map((part) => <li key={part.why}><span>{part.points > 0 ? "+" : "−"}{Math.abs(part.points)}</span> {part.why}</li>)}
        {!model.eligible && <li>It cannot be talked with: {model.kind}.</li>}
      </ul>
    </details>
  );
}

function Row({ model, best, mayWrite, busy, onUse }) {
  return (
    <tr>
      <td><strong className="loom-model">{model.name}</strong>{model.vendor && <div className="loom-quiet">{model.vendor}{model.family && `, ${model.family}`}</div>}</td>
      <td data-label="Size"><span>{size(model)}<span className="loom-quiet loom-block">{[model.interactivity, model.min_vram_gb !== null && `${model.min_vram_gb} GB`].filter(Boolean).join(", ")}</span></span></td>
      <td data-label="Made for"><span className="loom-row">{tags(model).map((tag) => <span key={tag} className="loom-tag">{tag}</span>)}{tags(model).length === 0 && <span className="loom-quiet">not told</span>}</span></td>
      <td data-label="Context">{model.context_length ? model.context_length.toLocaleString() : <span className="loom-quiet">not told</span>}</td>
      <td data-label="Score"><Parts model={model} /></td>
      <td className="is-end">
        {model.requested ? <span className="loom-status is-good">Asked</span> : mayWrite && model.eligible && <button type="button" className="loom-button" disabled={busy} aria-label={`Use ${model.name}`} onClick={() => onUse(model.name)}>Use it</button>}
        {!model.requested && best && <div className="loom-quiet">best</div>}
      </td>
    </tr>
  );
}

function List({ path, beat, wanted, setWanted, mayWrite, choosing }) {
  const [found, fault, ask] = useAnswer(`${path}/catalog?${new URLSearchParams(Object.entries(wanted).filter(([, value]) => value))}`, beat);
  const [more, setMore] = useState(false);
  if (fault) return <Fault>{fault.message} <button type="button" className="loom-button" onClick={ask}>Try again</button></Fault>;
  if (!found) return <div className="loom-skeleton" aria-label="Asking for the models" />;
  const shown = more ? found.models : found.models.slice(0, FEW);
  return (
    <>
      <div className="loom-filters">
        <label className="loom-choice">For <select value={wanted.role} onChange={(event) => setWanted({ role: event.target.value, complexity: "" })}><option value="">the whole team</option>{found.roles.map((one) => <option key={one.role} value={one.role}>{role(one.role)}</option>)}</select></label>
        <label className="loom-choice">Work <select value={wanted.complexity || found.complexity} onChange={(event) => setWanted({ ...wanted, complexity: event.target.value })}>{WORK.map(([value, word]) => <option key={value} value={value}>{word}</option>)}</select></label>
      </div>
      {found.why !== found.requested_because && <p>{found.why}</p>}
      {found.models.length > 0 && (
        <div className="loom-scroll" tabIndex={0} role="region" aria-label="Models on offer">
          <table className="loom-table is-stacked">
            <thead><tr>{["Model", "Size", "Made for", "Context", "Score", ""].map((head) => <th key={head} scope="col">{head}</th>)}</tr></thead>
            <tbody>{shown.map((model) => <Row key={model.name} model={model} best={model.name === found.best} mayWrite={mayWrite} busy={choosing.busy} onUse={choosing.use} />)}</tbody>
          </table>
        </div>
      )}
      {found.models.length > shown.length && <button type="button" className="loom-button loom-more" onClick={() => setMore(true)}>Show all {found.models.length}</button>}
      {found.total > found.models.length && <p className="loom-quiet">The first {found.models.length} of {found.total} are scored.</p>}
      <details className="loom-fold">
        <summary>The best for each role</summary>
        <ul className="loom-parts">{found.roles.map((one) => <li key={one.role}><span>{role(one.role)}</span> {one.model || "none"} <span className="loom-quiet">{one.complexity} work</span></li>)}</ul>
      </details>
    </>
  );
}

// `row` is the provider; a change of its model is checked at once.
export function Models({ row, path, load, mayWrite }) {
  const [open, setOpen] = useState(false);
  const [wanted, setWanted] = useState({ role: "", complexity: "" });
  const [changes, setChanges] = useState(0);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState("");
  // An empty name leaves the choice to Loom.
  const use = async (model) => {
    setBusy(true);
    setFault("");
    try {
      const { body } = await send("PUT", path, { model });
      setChanges((count) => count + 1);
      await load();
      toast.success(`${body.name} is asked for ${body.model || "a model of its own choice"}.`);
    } catch (error) {
      setFault(error.message);
    }
    setBusy(false);
  };
  return (
    <section className="loom-provider-models" aria-label="Models">
      <p>
        Asked for <strong className="loom-model">{row.model || "a model of its own choice"}</strong>
        {row.substituted && <span className="loom-status is-pending" title="A router chose another model than was asked for.">answers as {row.selected_model}</span>}
        {" "}<span className="loom-quiet">{row.selection_reason}</span>
        {row.configured_model && mayWrite && <> <button type="button" className="loom-button" disabled={busy} onClick={() => use("")}>Let Loom choose</button></>}
      </p>
      <Fault>{fault}</Fault>
      <details className="loom-fold" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>Models on offer</summary>
        {open && <List path={path} beat={changes + 1} wanted={wanted} setWanted={setWanted} mayWrite={mayWrite} choosing={{ busy, use }} />}
      </details>
    </section>
  );
}
