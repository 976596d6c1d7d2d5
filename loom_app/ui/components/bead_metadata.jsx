// What other tools and people keep with a bead: names with values of any JSON kind.

import { useState } from "react";
import { Changed, same } from "./bead_data.js";
import { useFocusBack } from "./inplace.jsx";
import { Fault } from "./parts.jsx";

const BEYOND = "It holds a number that browsers cannot keep exactly, so it is changed over the REST interface only.";

function exact(value) {
  if (typeof value === "number") return !Number.isInteger(value) || Number.isSafeInteger(value);
  return value === null || typeof value !== "object" || Object.values(value).every(exact);
}

// Plain text where it cannot be taken for JSON, else JSON: what `read` makes of it is the value again.
function typed(value) {
  if (typeof value === "string" && read(value) === value) return value;
  return JSON.stringify(value, null, typeof value === "object" ? 1 : 0);
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function gathered(rows) {
  const named = rows.filter(({ name, text }) => name.trim() || text.trim());
  const names = named.map(({ name }) => name.trim());
  if (names.some((name) => !name)) throw new Error("Every value needs a name.");
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new Error(`The name ${twice} is there twice.`);
  return Object.fromEntries(named.map(({ text }, index) => [names[index], read(text)]));
}

function Editor({ bead, change, onClose }) {
  const [base] = useState(bead.context);
  const [rows, setRows] = useState(() => [...Object.entries(base).map(([name, value]) => ({ name, text: typed(value) })), { name: "", text: "" }]);
  const [fault, setFault] = useState("");
  const set = (index, part) => setRows((before) => before.map((row, at) => (at === index ? { ...row, ...part } : row)));
  const save = async (event) => {
    event.preventDefault();
    try {
      const context = gathered(rows);
      if (!same(context, base)) await change({ context }, { seen: { context: base }, told: "Metadata saved." });
      onClose();
    } catch (error) {
      setFault(error instanceof Changed ? "Somebody changed the metadata meanwhile. Cancel to see it, then make your change again." : error.message);
    }
  };
  const onKeyDown = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save(event);
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    onClose();
  };
  return (
    <form className="loom-metadata" onSubmit={save} onKeyDown={onKeyDown}>
      {rows.map((row, index) => (
        <div key={index} className="loom-pair">
          <input aria-label={`Name ${index + 1}`} placeholder="Name" value={row.name} autoFocus={index === rows.length - 1} spellCheck={false} onChange={(event) => set(index, { name: event.target.value })} />
          <textarea aria-label={`Value ${index + 1}`} placeholder="Text or JSON" rows={1} value={row.text} spellCheck={false} onChange={(event) => set(index, { text: event.target.value })} />
          <button type="button" className="loom-button is-small is-plain" aria-label={`Remove ${row.name || "this row"}`} onClick={() => setRows((before) => before.filter((_, at) => at !== index))}>×</button>
        </div>
      ))}
      <Fault>{fault}</Fault>
      <div className="loom-row">
        <button type="submit" className="loom-button is-small is-main">Save</button>
        <button type="button" className="loom-button is-small" onClick={onClose}>Cancel</button>
        <button type="button" className="loom-button is-small is-plain" onClick={() => setRows((before) => [...before, { name: "", text: "" }])}>+ Row</button>
      </div>
    </form>
  );
}

// `open` says that it is being written; an empty one shows only then.
export function Metadata({ bead, change, mayWrite, open, setOpen }) {
  const button = useFocusBack(open);
  const entries = Object.entries(bead.context || {});
  const fixed = !exact(bead.context);
  if (entries.length === 0 && !open) return null;
  return (
    <section className="loom-text" aria-label="Metadata">
      <header>
        <h2>Metadata</h2>
        {mayWrite && !open && !fixed && <button ref={button} type="button" className="loom-button is-small is-plain" aria-label="Edit: Metadata" onClick={() => setOpen(true)}>Edit</button>}
      </header>
      {fixed && <p className="loom-quiet">{BEYOND}</p>}
      {open ? <Editor bead={bead} change={change} onClose={() => setOpen(false)} /> : (
        <dl className="loom-pairs">
          {entries.map(([name, value]) => <div key={name}><dt dir="auto">{name}</dt><dd dir="auto">{typeof value === "string" ? value : <code>{JSON.stringify(value)}</code>}</dd></div>)}
        </dl>
      )}
    </section>
  );
}
