// Whether a project's finished work becomes pull requests on GitHub, and the token they are made with.

import { useState } from "react";
import { toast } from "sonner";
import { Ago } from "./ago.jsx";
import { useAnswer } from "./bead_data.js";
import { Confirm, Fault, Field, Send, useSending } from "./parts.jsx";
import { send } from "./rest.js";

const SOURCES = { none: "None", token: "A token of its own", "git-login": "The token it reaches its repository by" };
const NOWHERE = ["not_on_github", "bad_github_address"];

function Token({ told, path, ask, mayWrite }) {
  const [dropping, setDropping] = useState(false);
  const [found, setFound] = useState(null);
  const saving = useSending(async ({ token }, form) => {
    await send("PUT", `${path}/github-token`, { token: token.trim() });
    form.reset();
    setFound(null);
    await ask();
    toast.success("The token is saved.");
  }, { invalid: "token" });
  const checking = useSending(async () => setFound((await send("POST", `${path}/github-check`)).body));
  const drop = async () => {
    await send("DELETE", `${path}/github-token`);
    setFound(null);
    await ask();
  };
  return (
    <>
      <dl className="loom-facts">
        <div><dt>Repository</dt><dd>{told.repository}</dd></div>
        <div><dt>Token</dt><dd>{SOURCES[told.token_from]}{told.set_at && <span className="loom-quiet">saved by {told.set_by}, <Ago at={told.set_at} /></span>}</dd></div>
      </dl>
      {mayWrite && <form className="loom-form" onSubmit={saving.submit} autoComplete="off">
        <Field label="Token for GitHub" name="token" type="password" required maxLength={1000} autoComplete="new-password" spellCheck={false} fault={saving.at("token")} hint={`Fine-grained, for this repository alone: Contents and Pull requests, read and write. It is kept sealed and sent to ${new URL(told.api_url).host} alone.`} />
        <Fault>{saving.fault}</Fault>
        <div className="loom-row is-end">
          {told.token_from === "token" && <button type="button" className="loom-button" onClick={() => setDropping(true)}>Forget the token</button>}
          {told.token_from !== "none" && <button type="button" className="loom-button" disabled={checking.busy} onClick={() => checking.submit()}>{checking.busy ? "Asking GitHub…" : "Check it"}</button>}
          <Send sending={saving} word={told.token_from === "token" ? "Replace the token" : "Save the token"} busy="Saving…" />
        </div>
      </form>}
      {found && <p role="status" className={found.code ? "loom-fault-line" : "loom-hint"}>{found.message}</p>}
      <Fault>{checking.fault}</Fault>
      <Confirm open={dropping} title="Forget the token" action="Forget it" onClose={() => setDropping(false)} onConfirm={drop}>
        <p>Open pull requests stay open on GitHub. Without any token changes are reviewed and merged in Loom.</p>
      </Confirm>
    </>
  );
}

export function GitHub({ path, beat, mayWrite }) {
  const [told, fault, ask] = useAnswer(`${path}/github`, beat);
  if (!told && !fault) return <div className="loom-skeleton" role="status" aria-label="Loading how pull requests are made" />;
  const nowhere = NOWHERE.includes(told?.code);
  return (
    <section className="loom-panel" aria-labelledby="project-github">
      <h2 id="project-github">Pull requests on GitHub</h2>
      {fault && <p className="loom-fault-line" role="alert">{fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button></p>}
      {told && <p className={nowhere ? "loom-quiet" : "loom-row"}>{!nowhere && <span className={`loom-status ${told.ready ? "is-good" : "is-idle"}`}>{told.ready ? "On" : "Off"}</span>} <span>{told.message}</span></p>}
      {told && !nowhere && <Token {...{ told, path, ask, mayWrite }} />}
    </section>
  );
}
