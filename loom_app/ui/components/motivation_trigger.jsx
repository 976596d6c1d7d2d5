// A motivation fired by hand: what it will do is said before, what came of it after.

import { useState } from "react";
import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { motivationPath, Result, roleWord, templateWord } from "./motivation_words.jsx";
import { Buttons, Fault, Field, Send, useSending } from "./parts.jsx";
import { send } from "./rest.js";

function Does({ motivation }) {
  const does = [
    motivation.create_bead && <>makes a bead from the template <strong>{templateWord(motivation)}</strong>, which is worked on like any other and may cost money</>,
    motivation.wake_agent && <>wakes {motivation.agent_id ? <strong>{motivation.agent_id}</strong> : <>whoever is <strong>{roleWord(motivation.agent_role)}</strong></>}</>,
  ].filter(Boolean);
  return <ul className="loom-does">{does.map((one, index) => <li key={index}>It {one}.</li>)}</ul>;
}

export function Outcome({ row }) {
  return (
    <div className="loom-stack" role="status">
      <p className="loom-row"><Result result={row.result} /> {row.error}</p>
      {row.bead_created && <p>The bead <Link className="loom-id" to={`/beads/${encodeURIComponent(row.bead_created)}`}>{row.bead_created}</Link> {row.result === "skipped" ? "is under way already." : "was made."}</p>}
      {row.agent_woken && <p>Woken: <Link to={`/agents/${encodeURIComponent(row.agent_woken)}`}>{row.agent_woken}</Link></p>}
    </div>
  );
}

export function Trigger({ motivation, projects, onDone, onClose }) {
  const [outcome, setOutcome] = useState(null);
  const cooling = motivation.status === "cooldown";
  const sending = useSending(async (typed) => {
    const wanted = { ...(typed.project_id ? { project_id: typed.project_id } : {}), ...(typed.force === "on" ? { force: true } : {}) };
    setOutcome((await send("POST", `${motivationPath(motivation.id)}/trigger`, wanted)).body);
    await onDone();
  }, { project_not_found: "project_id", motivation_elsewhere: "project_id", motivation_cooling: "force" });
  if (outcome) return <><Outcome row={outcome} /><Buttons><button type="button" className="loom-button is-main" onClick={onClose} autoFocus>Close</button></Buttons></>;
  return (
    <form className="loom-form" onSubmit={sending.submit}>
      <p>It fires at once, whether or not what it waits for has happened.</p>
      <Does motivation={motivation} />
      {!motivation.project_id && <Field label="In the project" name="project_id" as="select" required fault={sending.at("project_id")}>{projects.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}</Field>}
      {cooling && <p className="loom-hint">It fired <Ago at={motivation.last_triggered_at} /> and is silent there for a while. Fired all the same, that begins anew.</p>}
      {(cooling || sending.at("force")) && <label className="loom-check"><input type="checkbox" name="force" /> Fire although it is cooling down</label>}
      <Fault>{sending.fault || sending.at("force")}</Fault>
      <Buttons>
        <button type="button" className="loom-button" onClick={onClose} autoFocus>Cancel</button>
        <Send sending={sending} word="Fire now" busy="Firing…" />
      </Buttons>
    </form>
  );
}
