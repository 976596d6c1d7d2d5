// What can be done with a decision besides answering it: pass it on, put it off, move its deadline, take it back.

import { useState } from "react";
import { delegate, extend, snooze, takeBack } from "./decision_data.js";
import { secondsLeft } from "./decision_words.jsx";
import { Dialog } from "./dialog.jsx";
import { Buttons, Fault, Field, Send, useSending } from "./parts.jsx";
import { refused, told } from "./undo.js";
import { momentRead, momentShown, momentTyped } from "./units.js";

const HOUR = 3600;
const OFF = [[1, "an hour"], [4, "four hours"], [24, "a day"]];

function Asking({ title, word, open, danger, onClose, onSend, children }) {
  const sending = useSending(async (given) => {
    await onSend(given);
    onClose();
  });
  return (
    <Dialog open={open} title={title} onClose={onClose}>
      <form className="loom-form" onSubmit={sending.submit}>
        {children}
        <Fault>{sending.fault}</Fault>
        <Buttons>
          <button type="button" className="loom-button" onClick={onClose}>Cancel</button>
          <Send sending={sending} word={word} danger={danger} />
        </Buttons>
      </form>
    </Dialog>
  );
}

function Delegate({ decision, names, open, onClose, onDone }) {
  const team = names.agents.filter((agent) => agent.project_id === decision.project_id && agent.id !== decision.requester_id && agent.role !== "ceo");
  return (
    <Asking open={open} title="Who is to answer" word="Pass on" onClose={onClose} onSend={async ({ to, note }) => onDone((await delegate(decision.id, { to, note })).body)}>
      <Field label="Pass it on to" name="to" as="select" required defaultValue="" autoFocus hint="Agents answer low and medium risks alone, and never budgets.">
        <option value="" disabled>Choose …</option>
        <optgroup label="By the org chart">
          <option value="up">Up: whoever is above, people at last</option>
          <option value="down">Down: the decision-maker, or the next below</option>
        </optgroup>
        <optgroup label="People">{names.people.map((person) => <option key={person.user_id} value={person.user_id}>{person.username}</option>)}</optgroup>
        <optgroup label="Agents">{team.map((agent) => <option key={agent.id} value={agent.id}>{agent.name}, {agent.role}</option>)}</optgroup>
      </Field>
      <Field label="Why (may be empty)" name="note" as="textarea" rows={2} maxLength={2000} />
    </Asking>
  );
}

function Deadline({ decision, open, onClose, onDone }) {
  return (
    <Asking open={open} title="Answer until" word="Move" onClose={onClose} onSend={async ({ deadline }) => onDone((await extend(decision.id, momentRead(deadline))).body)}>
      <Field label="Deadline" name="deadline" type="datetime-local" required defaultValue={momentTyped(decision.deadline)} autoFocus hint="After it the stated default holds." />
    </Asking>
  );
}

function TakeBack({ decision, open, onClose, onDone }) {
  return (
    <Asking open={open} title="Take the question back" word="Take back" danger onClose={onClose} onSend={async ({ reason }) => onDone((await takeBack(decision.id, reason)).body)}>
      <p>It stays on record. {["question", "blocked"].includes(decision.kind) ? "What waits for it goes on without an answer." : "What waits for leave stays blocked."}</p>
      <Field label="Why" name="reason" as="textarea" rows={2} required maxLength={2000} autoFocus />
    </Asking>
  );
}

// `asking` is the dialog that is open, "" for none; keys open them, too.
export function Actions({ decision, names, snoozedUntil, asking, onAsk, onDone }) {
  const close = () => onAsk("");
  const off = async (until) => {
    try {
      const { body } = await snooze(decision.id, until);
      told(until ? `Put off until ${momentShown(until)}.` : "Back among those that wait.");
      onDone(body);
    } catch (error) {
      refused(error);
    }
  };
  const [menu, setMenu] = useState(false);
  const later = (hours) => {
    setMenu(false);
    off(new Date(Date.now() + hours * HOUR * 1000).toISOString());
  };
  const left = secondsLeft(decision.deadline);
  const possible = OFF.filter(([hours]) => hours * HOUR < left);
  return (
    <div className="loom-row loom-ask-actions">
      <button type="button" className="loom-button is-small" aria-keyshortcuts="d" onClick={() => onAsk("delegate")}>Pass on …</button>
      {snoozedUntil ? (
        <button type="button" className="loom-button is-small" onClick={() => off(null)}>Show again now</button>
      ) : possible.length > 0 && (
        <details className="loom-more-actions" open={menu} onToggle={(event) => setMenu(event.currentTarget.open)}>
          <summary className="loom-button is-small">Put off</summary>
          <div>{possible.map(([hours, word]) => <button key={hours} type="button" onClick={() => later(hours)}>For {word}</button>)}</div>
        </details>
      )}
      <button type="button" className="loom-button is-small" onClick={() => onAsk("deadline")}>Deadline …</button>
      <button type="button" className="loom-button is-small is-danger" onClick={() => onAsk("back")}>Take back …</button>
      <Delegate {...{ decision, names, onDone }} open={asking === "delegate"} onClose={close} />
      <Deadline {...{ decision, onDone }} open={asking === "deadline"} onClose={close} />
      <TakeBack {...{ decision, onDone }} open={asking === "back"} onClose={close} />
    </div>
  );
}
