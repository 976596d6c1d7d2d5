// Which commands agents run in a project without asking, and which never: by their risk, and by rules.

import { useState } from "react";
import { Ago } from "./ago.jsx";
import { useAnswer } from "./bead_data.js";
import { Confirm, Fault, Field, Send, mistake, useSending } from "./parts.jsx";
import { Loading } from "./project_overview.jsx";
import { send } from "./rest.js";

const COURSES = { run: "run", ask: "ask people first", refuse: "are refused" };
const RISKS = {
  low: "that read, build or test",
  medium: "that change much at once or run what a file says",
  high: "that reach out: network, packages, pushes, the machine",
  unknown: "that nothing is known of, or that cannot be told before they run",
};
const ROLE = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const rolesRead = (text) => text.split(/[,\s]+/).filter(Boolean);

function Courses({ found }) {
  return (
    <ul className="loom-ruled">
      {Object.entries(RISKS).map(([risk, what]) => (
        <li key={risk}><span><strong>{risk}</strong> <span className="loom-quiet">{what}</span></span> <span>{COURSES[found.courses[risk]]}</span></li>
      ))}
    </ul>
  );
}

function Add({ path, ask }) {
  const sending = useSending(async ({ pattern, course, roles, reason }, form) => {
    const named = rolesRead(roles);
    if (named.some((role) => !ROLE.test(role))) throw mistake("roles", "Roles as agents have them, as in qa-engineer, devops-engineer.");
    await send("POST", path, { pattern, allowed: course === "allow", roles: named, reason });
    form.reset();
    await ask();
  }, { invalid_request: "pattern" });
  return (
    <form className="loom-form is-pairs" onSubmit={sending.submit} autoComplete="off">
      <Field label="Commands that begin with" name="pattern" required maxLength={1000} placeholder="npm ci" hint="A star stands for anything, as in git push origin agent/*." fault={sending.at("pattern")} spellCheck={false} />
      <Field label="What becomes of them" name="course" as="select" defaultValue="allow"><option value="allow">Run without asking</option><option value="refuse">Refuse them</option></Field>
      <Field label="For the roles" name="roles" maxLength={1000} placeholder="all" fault={sending.at("roles")} spellCheck={false} />
      <Field label="Why" name="reason" maxLength={500} />
      <div className="is-wide"><Fault>{sending.fault}</Fault></div>
      <div className="is-wide loom-row is-end"><Send sending={sending} word="Add rule" busy="Saving…" /></div>
    </form>
  );
}

function Settled({ label, patterns }) {
  if (patterns.length === 0) return null;
  return <p className="loom-quiet">{label} {patterns.map((pattern, at) => <span key={pattern}>{at > 0 && ", "}<code>{pattern}</code></span>)}</p>;
}

export function CommandRules({ project }) {
  const path = `/api/v1/projects/${encodeURIComponent(project.id)}/command-rules`;
  const [found, fault, ask] = useAnswer(path, 1);
  const [leaving, setLeaving] = useState(null);
  const end = async () => {
    await send("DELETE", `${path}/${leaving.id}`);
    await ask();
  };
  return (
    <section className="loom-panel" aria-labelledby="command-rules">
      <h2 id="command-rules">Commands of agents</h2>
      {fault && <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button></Fault>}
      {!found && !fault && <Loading />}
      {found && (
        <>
          <p className="loom-quiet">{found.confined ? "Every command is held by bubblewrap and reaches no host but those below, whatever is allowed here. Commands of these risks:" : "bubblewrap does not hold commands on this machine, so more is asked. Commands of these risks:"}</p>
          <Courses found={found} />
          <Settled label="The settings of the installation allow" patterns={found.allow} />
          <Settled label="The settings of the installation refuse" patterns={found.refuse} />
          <h3>Rules of this project</h3>
          {found.rules.length === 0 && <p className="loom-empty">None. “Allow always” as the answer to a question about a command makes one.</p>}
          <ul className="loom-ruled">
            {found.rules.map((rule) => (
              <li key={rule.id}>
                <span><code>{rule.pattern}</code> {rule.allowed ? "runs" : "is refused"}{rule.roles.length > 0 && ` for ${rule.roles.join(", ")}`} <span className="loom-quiet">{rule.reason && `${rule.reason} · `}{rule.set_by}, <Ago at={rule.set_at} /></span></span>
                <button type="button" className="loom-button is-small is-danger" aria-label={`End the rule for ${rule.pattern}`} onClick={() => setLeaving(rule)}>End</button>
              </li>
            ))}
          </ul>
          <Add path={path} ask={ask} />
        </>
      )}
      <Confirm open={Boolean(leaving)} title="End the rule" action="End it" onClose={() => setLeaving(null)} onConfirm={end}>
        <p>Commands that begin with <code>{leaving?.pattern}</code> go by their risk again, from the next one on.</p>
      </Confirm>
    </section>
  );
}
