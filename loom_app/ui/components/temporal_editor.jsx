// A text with a block, tried while it is written: faults marked where they stand, what each instruction would do.

import { useEffect, useId, useMemo, useRef, useState } from "react";
import { useDraft } from "./drafts.js";
import { Fault } from "./parts.jsx";
import { roleWord } from "./motivation_words.jsx";
import { send } from "./rest.js";
import { EXAMPLES, FIRST } from "./temporal_examples.js";

const CHECK_MS = 300;
const MOST = 100000;

// {checked, fault, old} of the text a moment after one stopped typing; `old` while that is of an earlier text.
function useChecked(text, whose, beat, may) {
  const [seen, setSeen] = useState({ checked: null, fault: "", of: null });
  useEffect(() => {
    if (!may) return undefined;
    let over = false;
    const [kind, name] = [whose.slice(0, whose.indexOf(":")), whose.slice(whose.indexOf(":") + 1)];
    const body = { text, ...(kind === "agent" && { agent_id: name }), ...(kind === "role" && { role: name }) };
    const timer = setTimeout(() => {
      send("POST", "/api/v1/temporal/check", body).then(
        (answer) => over || setSeen({ checked: answer.body, fault: "", of: text }),
        (error) => over || setSeen((before) => ({ ...before, fault: error.message })),
      );
    }, CHECK_MS);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [text, whose, beat, may]);
  return { ...seen, old: seen.of !== text };
}

function offsetOf(text, line, column) {
  const lines = text.split("\n");
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  return Math.min(before + [...(lines[line - 1] || "")].slice(0, column - 1).join("").length, text.length);
}

// The text's lines behind what is typed, so that a mark stands under the very letter.
function Marked({ text, marks }) {
  return text.split("\n").map((line, at) => {
    const mark = marks.get(at + 1);
    if (!mark) return <span key={at} className="loom-line">{line || " "}</span>;
    const letters = [...line];
    const cut = Math.min(mark.column - 1, Math.max(letters.length - 1, 0));
    return <span key={at} className={`loom-line is-${mark.tone}`}>{letters.slice(0, cut).join("")}<mark>{letters.slice(cut).join("") || " "}</mark></span>;
  });
}

function Field({ id, text, marks, area, onText }) {
  return (
    <div className="loom-block-field">
      <div className="loom-block-sheet">
        <pre aria-hidden="true"><Marked text={text} marks={marks} /></pre>
        <textarea ref={area} id={id} value={text} onChange={(event) => onText(event.target.value)} spellCheck={false} autoCapitalize="none" autoComplete="off" wrap="off" maxLength={MOST} aria-invalid={[...marks.values()].some((mark) => mark.tone === "bad") || undefined} aria-describedby={`${id}-faults`} />
      </div>
    </div>
  );
}

function Place({ of, onGo }) {
  return <button type="button" className="loom-plain loom-place" onClick={() => onGo(of)}>line {of.line}, column {of.column}</button>;
}

function Said({ id, checked, onGo }) {
  const rows = [...checked.errors.map((one) => [one, "bad"]), ...checked.remarks.map((one) => [one, "work"])];
  return (
    <ul id={`${id}-faults`} className="loom-plain-list loom-block-faults" aria-label="What is wrong" aria-live="polite">
      {rows.map(([one, tone]) => <li key={`${tone}${one.line}:${one.column}${one.message}`} className={`is-${tone}`}><Place of={one} onGo={onGo} /> <span>{one.message}</span></li>)}
    </ul>
  );
}

function Value({ value }) {
  return <code>{typeof value === "string" ? value : JSON.stringify(value)}</code>;
}

function Instruction({ one, onGo }) {
  return (
    <li className="loom-instruction" data-instruction={one.type}>
      <p className="loom-row"><span className={`loom-status is-${one.allowed ? "good" : "bad"}`}>{one.allowed ? "✓ would be done" : "✕ refused"}</span> <strong>{one.type}</strong> {one.name && <code>{one.name}</code>} <Place of={one} onGo={onGo} /></p>
      <p>{one.would}</p>
      {one.reason && <p className="loom-fault-line">{one.reason}</p>}
      {Object.keys(one.keys).length > 0 && <dl className="loom-facts">{Object.entries(one.keys).map(([key, value]) => <div key={key}><dt>{key}</dt><dd><Value value={value} /></dd></div>)}</dl>}
    </li>
  );
}

function Whose({ whose, language, agents, projects, onWhose }) {
  const here = agents.filter((one) => one.status !== "complete");
  return (
    <label className="loom-choice">From
      <select className="loom-whose" value={whose} onChange={(event) => onWhose(event.target.value)}>
        <option value="">anybody: rights are not looked at</option>
        {projects.map((project) => {
          const team = here.filter((one) => one.project_id === project.id);
          return team.length > 0 && <optgroup key={project.id} label={project.name}>{team.map((one) => <option key={one.id} value={`agent:${one.id}`}>{one.name}{roleWord(one.role).toLowerCase() !== one.name.toLowerCase() && `, ${roleWord(one.role)}`}</option>)}</optgroup>;
        })}
        <optgroup label="Any agent of a persona">{language.roles.map((one) => <option key={one.role} value={`role:${one.role}`}>{one.role}</option>)}</optgroup>
      </select>
    </label>
  );
}

function Rights({ checked, language }) {
  if (!checked?.may) return null;
  const every = language.offers.map((one) => one.name);
  const may = checked.may.length === every.length ? "may start everything there is" : checked.may.length ? `may start ${checked.may.join(", ")}` : "may not use the language at all";
  return <p className="loom-quiet">Persona <code>{checked.role}</code> {may}.</p>;
}

function Offers({ language }) {
  return (
    <details className="loom-panel">
      <summary>What can be started</summary>
      <div className="loom-scroll"><table className="loom-table is-stacked">
        <thead><tr><th scope="col">Name</th><th scope="col">Kind</th><th scope="col">Does</th><th scope="col">INPUT</th></tr></thead>
        <tbody>{language.offers.map((one) => <tr key={one.name}><td><code>{one.name}</code></td><td data-label="Kind">{one.type}</td><td data-label="Does">{one.what}</td><td data-label="INPUT">{Object.keys(one.input).join(", ") || "none"}</td></tr>)}</tbody>
      </table></div>
    </details>
  );
}

export function Editor({ language, agents, projects, mayWrite, beat, whose, onWhose }) {
  const [draft, setDraft] = useDraft("temporal", "block");
  const text = draft?.text ?? FIRST;
  const id = useId();
  const area = useRef(null);
  const { checked, fault, old } = useChecked(text, whose, beat, mayWrite);
  const marks = useMemo(() => {
    const found = new Map();
    if (!checked || old) return found;
    for (const one of checked.instructions) if (!one.allowed) found.set(one.line, { column: one.column, tone: "refused" });
    for (const one of checked.remarks) found.set(one.line, { column: one.column, tone: "work" });
    for (const one of [...checked.errors].reverse()) found.set(one.line, { column: one.column, tone: "bad" });
    return found;
  }, [checked, old]);
  const write = (next) => setDraft({ text: next, base: next });
  const go = (place) => {
    const at = offsetOf(text, place.line, place.column);
    area.current?.focus();
    area.current?.setSelectionRange(at, Math.max(at, text.indexOf("\n", at) < 0 ? text.length : text.indexOf("\n", at)));
  };
  const insert = (name) => {
    const close = text.lastIndexOf("</temporal>");
    const lines = EXAMPLES[name];
    write(close < 0 ? `${text.trimEnd()}${text.trim() ? "\n\n" : ""}<temporal>\n${lines}\n</temporal>\n` : `${text.slice(0, close)}${lines}\n${text.slice(close)}`);
  };
  if (!mayWrite) return <><p className="loom-hint">Trying a block needs the permission <code>agents:write</code>, which you do not have. Ask an administrator.</p><Offers language={language} /></>;
  return (
    <>
      <div className="loom-filters">
        <Whose {...{ whose, language, agents, projects, onWhose }} />
        <label className="loom-choice">Insert
          <select value="" onChange={(event) => insert(event.target.value)}>
            <option value="" disabled>an instruction…</option>
            {Object.keys(EXAMPLES).map((name) => <option key={name} value={name}>{name}</option>)}
          </select>
        </label>
        <button type="button" className="loom-button is-small" onClick={() => setDraft(null)} disabled={!draft}>Begin anew</button>
      </div>
      <div className="loom-block-desk">
        <section className="loom-panel" aria-labelledby={`${id}-text`}>
          <h2 id={`${id}-text`}><label htmlFor={id}>A reply or persona text</label></h2>
          <Field {...{ id, text, marks, area }} onText={write} />
          {checked && <Said id={id} checked={checked} onGo={go} />}
        </section>
        <section className="loom-panel" aria-labelledby={`${id}-would`} aria-busy={old} data-tried={checked && !old ? "yes" : "no"}>
          <header className="loom-row is-between">
            <h2 id={`${id}-would`}>What it would do</h2>
            {checked && <span className={`loom-status is-${checked.ok ? "good" : "bad"}`} role="status">{checked.ok ? "✓ all of it" : "✕ not all of it"}</span>}
          </header>
          <Fault>{fault}</Fault>
          <Rights {...{ checked, language }} />
          {checked?.instructions.length === 0 && <p className="loom-empty">{checked.errors.length ? "Nothing of it can be read yet." : "The text asks for nothing. Insert an instruction to begin with."}</p>}
          <ol className="loom-plain-list loom-instructions">{checked?.instructions.map((one, at) => <Instruction key={at} one={one} onGo={go} />)}</ol>
          {checked && <details><summary>What stays of the text</summary><pre className="loom-code" tabIndex={0}>{checked.cleaned_text.trim() || "Nothing."}</pre></details>}
          <p className="loom-quiet">Nothing is done here, and nothing kept.</p>
        </section>
      </div>
      <Offers language={language} />
    </>
  );
}
