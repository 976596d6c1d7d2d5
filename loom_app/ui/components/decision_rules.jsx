// What the decision-makers among a project's agents may decide by themselves.

import { useState } from "react";
import { useAnswer } from "./bead_data.js";
import { KINDS } from "./decision_words.jsx";
import { Dialog } from "./dialog.jsx";
import { Buttons, Fault, Field, Send, useSending } from "./parts.jsx";
import { send } from "./rest.js";
import { told } from "./undo.js";

const RISKS = ["low", "medium"];

function Choices({ legend, name, options, held, word }) {
  return (
    <fieldset className="loom-ways">
      <legend>{legend}</legend>
      {options.map((option) => (
        <label key={option}><input type="checkbox" name={`${name}-${option}`} defaultChecked={held.includes(option)} /> {word(option)}</label>
      ))}
    </fieldset>
  );
}

function Form({ path, rules, onClose }) {
  const sending = useSending(async (given) => {
    const named = (name, options) => options.filter((option) => `${name}-${option}` in given);
    await send("PUT", path, { risks: named("risk", RISKS), kinds: named("kind", rules.possible_kinds), per_day: Number(given.per_day) });
    told("The limits hold from now on.");
    onClose();
  });
  return (
    <form className="loom-form" onSubmit={sending.submit}>
      <p>Agents with the role decision-maker answer these alone. High risks, critical ones, budgets and what they asked themselves always wait for people.</p>
      <Choices legend="Risks" name="risk" options={RISKS} held={rules.risks} word={(risk) => risk} />
      <Choices legend="Kinds" name="kind" options={rules.possible_kinds} held={rules.kinds} word={(kind) => KINDS[kind] || kind} />
      <Field label="At most in 24 hours" name="per_day" type="number" min={0} max={1000} required defaultValue={rules.per_day} hint="0 leaves everything to people." />
      <Fault>{sending.fault}</Fault>
      <Buttons>
        <button type="button" className="loom-button" onClick={onClose}>Cancel</button>
        <Send sending={sending} word="Save" />
      </Buttons>
    </form>
  );
}

function Rules({ project, onClose }) {
  const path = `/api/v1/projects/${encodeURIComponent(project)}/decision-rules`;
  const [rules, fault, again] = useAnswer(path, 1);
  if (rules) return <Form path={path} rules={rules} onClose={onClose} />;
  return fault ? <p className="loom-fault-line" role="alert">{fault.message} <button type="button" className="loom-button is-small" onClick={again}>Try again</button></p> : <div className="loom-skeleton" aria-label="Loading" />;
}

export function RulesButton({ project }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="loom-button is-small" onClick={() => setOpen(true)}>What agents may decide …</button>
      <Dialog open={open} title={`What agents may decide in ${project}`} onClose={() => setOpen(false)}>
        <Rules project={project} onClose={() => setOpen(false)} />
      </Dialog>
    </>
  );
}
