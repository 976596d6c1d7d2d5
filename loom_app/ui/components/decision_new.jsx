// A question that a person asks, about a project or one of its beads.

import { useState } from "react";
import { ASKED, RISKS } from "./decision_words.jsx";
import { Dialog } from "./dialog.jsx";
import { Buttons, Fault, Field, mistake, Send, useSending } from "./parts.jsx";
import { send } from "./rest.js";
import { momentRead } from "./units.js";

const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

function Form({ projects, project, onClose, onMade }) {
  const [kind, setKind] = useState("question");
  const sending = useSending(async (given) => {
    const options = lines(given.options || "");
    const silent = given.default_option.trim();
    if (silent && options.length > 0 && !options.some((one) => one.toLowerCase() === silent.toLowerCase())) throw mistake("default_option", "Name one of the options.");
    const deadline = momentRead(given.deadline);
    const wanted = {
      project_id: given.project_id, question: given.question, kind, risk: given.risk, options, recommendation: given.recommendation,
      default_option: silent, ...(given.bead_id.trim() ? { bead_id: given.bead_id.trim() } : {}), ...(deadline ? { deadline } : {}),
    };
    onMade((await send("POST", "/api/v1/decisions", wanted)).body);
    onClose();
  }, { bead_not_found: "bead_id", bead_deleted: "bead_id", bead_done: "bead_id", other_project: "bead_id", deadline_passed: "deadline", deadline_far: "deadline", invalid_decision: "default_option" });
  return (
    <form className="loom-form is-pairs" onSubmit={sending.submit}>
      <div className="is-wide"><Field label="Question" name="question" as="textarea" rows={3} required maxLength={10000} autoFocus fault={sending.at("question")} /></div>
      <Field label="Project" name="project_id" as="select" defaultValue={project || projects[0]?.id} required>{projects.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}</Field>
      <Field label="Bead that waits for it" name="bead_id" placeholder="none" maxLength={200} autoComplete="off" spellCheck={false} fault={sending.at("bead_id")} hint="It is blocked until the answer." />
      <Field label="Kind" name="kind" as="select" value={kind} onChange={(event) => setKind(event.target.value)}>{ASKED.map(([value, word]) => <option key={value} value={value}>{word}</option>)}</Field>
      <Field label="Risk of a wrong answer" name="risk" as="select" defaultValue="medium">{RISKS.map((risk) => <option key={risk} value={risk}>{risk}</option>)}</Field>
      <div className="is-wide"><Field label="Options, one a line" name="options" as="textarea" rows={3} maxLength={4000} hint={["question", "blocked"].includes(kind) ? "Left empty, it is answered in words." : "Left empty: approve, deny or needs more information."} /></div>
      <Field label="Recommended" name="recommendation" maxLength={1000} />
      <Field label="If nobody answers" name="default_option" maxLength={1000} fault={sending.at("default_option")} />
      <Field label="Answer until" name="deadline" type="datetime-local" fault={sending.at("deadline")} hint="Left empty: within 48 hours." />
      <div className="is-wide"><Fault>{sending.fault}</Fault></div>
      <div className="is-wide">
        <Buttons>
          <button type="button" className="loom-button" onClick={onClose}>Cancel</button>
          <Send sending={sending} word="Ask" busy="Asking…" />
        </Buttons>
      </div>
    </form>
  );
}

export function Ask({ projects, project, onMade }) {
  const [open, setOpen] = useState(false);
  if (projects.length === 0) return null;
  return (
    <>
      <button type="button" className="loom-button is-small" onClick={() => setOpen(true)}>Ask something …</button>
      <Dialog open={open} title="Ask for a decision" onClose={() => setOpen(false)}>
        <Form projects={projects} project={project} onClose={() => setOpen(false)} onMade={onMade} />
      </Dialog>
    </>
  );
}
