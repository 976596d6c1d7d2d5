// How GitHub is told where to send and what to sign with, and what a project makes of issues.

import { useState } from "react";
import { toast } from "sonner";
import { Ago } from "./ago.jsx";
import { useAnswer } from "./bead_data.js";
import { Dialog } from "./dialog.jsx";
import { Buttons, Confirm, Fault, Field, Send, ToCopy, useSending } from "./parts.jsx";
import { send } from "./rest.js";

const ISSUES = [["all", "Everybody’s; those of outsiders wait for a person"], ["members", "Only those of members of the repository"], ["off", "Nobody’s"]];
const CLOSING = [["close", "Closes its bead, unless somebody works on it"], ["tell", "Is only said on its bead"]];

// A secret that was just made: shown this once.
export function ShownOnce({ made, children, onClose }) {
  return (
    <Dialog open={made !== null} kept title="The secret, shown this once" onClose={onClose}>
      {made && <div className="loom-form">
        {children}
        <ToCopy label="Secret" value={made.secret} />
        <p className="loom-quiet">Loom keeps it sealed and never shows it again. If it is lost, make another.</p>
        <Buttons><button type="button" className="loom-button is-main" onClick={onClose}>I have copied it</button></Buttons>
      </div>}
    </Dialog>
  );
}

function Secrets({ path, url, beat, mayChange }) {
  const [secrets, fault, ask] = useAnswer(path, beat);
  const [made, setMade] = useState(null);
  const [dropping, setDropping] = useState(null);
  const making = useSending(async () => {
    setMade((await send("POST", path)).body);
    await ask();
  });
  if (fault) return <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button></Fault>;
  if (!secrets) return <div className="loom-skeleton" role="status" aria-label="Loading the secrets" />;
  return (
    <>
      {secrets.length === 0 && <p className="loom-empty">No secret yet, so nothing that comes for it is believed. {mayChange ? "Make one, then enter it at GitHub." : "Ask whoever may change the project to make one."}</p>}
      {secrets.length > 0 && <ul className="loom-plain-list">
        {secrets.map((one, at) => (
          <li key={one.id} className="loom-row">
            <span className="loom-tag">{secrets.length === 1 ? "secret" : at === 0 ? "new" : "earlier"}</span>
            <span>made by {one.made_by || "somebody"} <Ago at={one.created_at} /></span>
            <span className="loom-quiet">{one.used_at ? <>GitHub signs with it, first <Ago at={one.used_at} /></> : "GitHub has not signed with it yet"}</span>
            {mayChange && <button type="button" className="loom-button is-small is-danger" onClick={() => setDropping(one)}>Drop</button>}
          </li>
        ))}
      </ul>}
      <Fault>{making.fault}</Fault>
      {mayChange && secrets.length < 2 && <p><button type="button" className={`loom-button${secrets.length ? "" : " is-main"}`} disabled={making.busy} onClick={() => making.submit()}>{making.busy ? "Making it…" : secrets.length ? "Change the secret" : "Make a secret"}</button>{secrets.length > 0 && <span className="loom-quiet"> Both hold until you drop the earlier one.</span>}</p>}
      <ShownOnce made={made} onClose={() => setMade(null)}>
        <p>At GitHub, under Settings → Webhooks of the repository, enter:</p>
        <ToCopy label="Payload URL" value={url} />
      </ShownOnce>
      <Confirm open={dropping !== null} title="Drop the secret" action="Drop it" onClose={() => setDropping(null)} onConfirm={async () => { await send("DELETE", `${path}/${encodeURIComponent(dropping.id)}`); await ask(); }}>
        <p>What GitHub signs with it is refused from now on.</p>
      </Confirm>
    </>
  );
}

function Rules({ path, beat, mayWrite }) {
  const [rules, fault, ask] = useAnswer(path, beat);
  const saving = useSending(async (wanted) => {
    await send("PUT", path, wanted);
    await ask();
    toast.success("The rules are saved.");
  });
  if (fault) return <Fault>{fault.message}</Fault>;
  if (!rules) return null;
  const options = (pairs) => pairs.map(([value, word]) => <option key={value} value={value}>{word}</option>);
  return (
    <form key={`${path} ${rules.issues} ${rules.on_close}`} className="loom-form" onSubmit={saving.submit}>
      <Field as="select" label="Whose issues become beads" name="issues" defaultValue={rules.issues} disabled={!mayWrite}>{options(ISSUES)}</Field>
      <Field as="select" label="An issue closed on GitHub" name="on_close" defaultValue={rules.on_close} disabled={!mayWrite}>{options(CLOSING)}</Field>
      <Fault>{saving.fault}</Fault>
      {mayWrite && <Buttons><Send sending={saving} word="Save the rules" busy="Saving…" /></Buttons>}
    </form>
  );
}

export function SetUp({ status, projects, beat, mayWrite, isAdmin }) {
  const [picked, setPicked] = useState("");
  const chosen = picked || projects.find((one) => /github/i.test(one.git_repo || ""))?.id || projects[0]?.id || (isAdmin ? "*" : "");
  const ofAll = chosen === "*";
  const base = `/api/v1/projects/${encodeURIComponent(chosen)}`;
  return (
    <section className="loom-panel" aria-labelledby="webhooks-setup">
      <h2 id="webhooks-setup">Have GitHub tell Loom</h2>
      <div className="loom-sites"><ol>
        <li>Open Settings → Webhooks → Add webhook of the repository at GitHub.</li>
        <li>Enter the payload URL below and choose the content type <code>application/json</code>.</li>
        <li>Enter a secret that you make here: a project’s own speaks for its repository alone.</li>
        <li>Choose the events {status ? status.events.filter((name) => name !== "ping").join(", ") : "…"}, or all.</li>
      </ol></div>
      {status && <ToCopy label="Payload URL" value={status.url} />}
      {!chosen && <p className="loom-empty">You see no project yet. Make one with its repository on GitHub first.</p>}
      {chosen && <>
        <Field as="select" label="Project" value={chosen} onChange={(event) => setPicked(event.target.value)}>
          {projects.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
          {isAdmin && <option value="*">All projects: one secret for the installation</option>}
        </Field>
        <Secrets key={chosen} path={ofAll ? "/api/v1/webhooks/secrets" : `${base}/webhook-secrets`} url={status?.url || ""} beat={beat} mayChange={ofAll ? isAdmin : mayWrite} />
        {!ofAll && <Rules key={`${chosen} rules`} path={`${base}/webhook-rules`} {...{ beat, mayWrite }} />}
      </>}
    </section>
  );
}
