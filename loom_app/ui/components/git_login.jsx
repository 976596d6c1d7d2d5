// The user name and token a project comes to a web address with, which are kept and never shown again; or the word that
// git comes as the account Loom runs in.

import { useState } from "react";
import { toast } from "sonner";
import { Ago } from "./ago.jsx";
import { Confirm, Fault, Field, Send, useSending } from "./parts.jsx";
import { send } from "./rest.js";

function Kept({ login, onRemove, mayWrite }) {
  const machine = login.auth_method === "git-helper";
  return (
    <>
      <dl className="loom-facts">
        {machine ? <div><dt>Comes as</dt><dd>the account that Loom runs in</dd></div> : (
          <>
            <div><dt>For</dt><dd><code>{login.site}</code></dd></div>
            <div><dt>User name</dt><dd>{login.username || <span className="loom-quiet">none, the token alone</span>}</dd></div>
            <div><dt>Token</dt><dd>kept, never shown again</dd></div>
          </>
        )}
        <div><dt>Set</dt><dd>by {login.set_by} <Ago at={login.set_at} /></dd></div>
      </dl>
      {mayWrite && <p><button type="button" className="loom-button is-danger" onClick={onRemove}>{machine ? "No longer" : "Remove it"} …</button></p>}
    </>
  );
}

function Form({ api, ask, replaces }) {
  const sending = useSending(async ({ username, secret }, form) => {
    await send("PUT", `${api}/git-login`, { username: username.trim(), secret });
    form.reset();
    await ask();
    toast.success("Saved. Check the access to see whether it works.");
  });
  return (
    <form className="loom-form is-pairs" onSubmit={sending.submit} autoComplete="off">
      <Field label="User name" name="username" maxLength={200} hint="Most sites take a token without one." autoComplete="off" spellCheck={false} />
      <Field label={replaces ? "New token" : "Token"} name="secret" type="password" required maxLength={4000} hint="One that may read and write this repository." autoComplete="new-password" />
      <div className="is-wide"><Fault>{sending.fault}</Fault></div>
      <div className="is-wide loom-row"><Send sending={sending} word={replaces ? "Replace the token" : "Save the token"} busy="Saving…" /></div>
    </form>
  );
}

// `kind` is how the address leads there: "web" takes a token, "ssh" the project's key.
export function Login({ login, kind, api, ask, mayWrite, isAdmin }) {
  const [asking, setAsking] = useState("");
  const kept = Boolean(login.set_at);
  const machine = login.auth_method === "git-helper";
  const remove = async () => {
    await send("DELETE", `${api}/git-login`);
    await ask();
  };
  const use = async () => {
    await send("PUT", `${api}/git-login/machine`);
    await ask();
  };
  if (kind === "ssh" && !kept && !isAdmin) return null;
  return (
    <section className="loom-panel" id="git-login" tabIndex={-1} aria-labelledby="git-login-title">
      <h2 id="git-login-title">{kind === "web" ? "User name and token" : "Another way in"}</h2>
      {kept && <Kept login={login} mayWrite={mayWrite} onRemove={() => setAsking("remove")} />}
      {kept && kind === "ssh" && !machine && <p className="loom-quiet">This address is reached by SSH, which takes the key above; the token is not used.</p>}
      {!kept && kind === "web" && <p className="loom-empty">None is kept. A public repository can be read without; to deliver work, Loom needs a token that may write.</p>}
      {kind === "web" && mayWrite && <Form api={api} ask={ask} replaces={kept && !machine} />}
      {kind === "web" && <p className="loom-quiet">It is sent to this site alone. For a key in its stead, give the project the SSH address in the settings.</p>}
      {!kept && kind === "ssh" && <p className="loom-quiet">Where the account that Loom runs in can reach this repository already, by its own SSH keys or agent, git may come as that account.</p>}
      {isAdmin && !machine && <p><button type="button" className="loom-button is-small" onClick={() => setAsking("machine")}>Come as this machine’s account …</button></p>}
      <Confirm open={asking === "remove"} title={machine ? "No longer as this machine’s account" : "Remove the token"} action={machine ? "No longer" : "Remove it"} onClose={() => setAsking("")} onConfirm={remove}>
        <p>{machine ? "From then on git comes with what the project has of its own." : "Loom forgets it at once. What needs it cannot be fetched or delivered until another one is saved. Take it back at the site, too."}</p>
      </Confirm>
      <Confirm open={asking === "machine"} title="Come as this machine’s account" action="Do so" onClose={() => setAsking("")} onConfirm={use}>
        <p>Git then uses the SSH keys, agent, configuration and credential helper of the account that Loom runs in, for this project and its agents’ work. A token that is kept here is forgotten.</p>
      </Confirm>
    </section>
  );
}
