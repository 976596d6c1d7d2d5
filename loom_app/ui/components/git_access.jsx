// Whether a repository can be reached, and whether its project is in order for work: what was found and the way out.

import { useState } from "react";
import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { useAnswer } from "./bead_data.js";
import { Fault, useSending } from "./parts.jsx";
import { Fact, FetchNow, Loading } from "./project_overview.jsx";
import { send } from "./rest.js";

export const WAYS = { none: "as anybody", ssh: "by the project’s SSH key", token: "by a token", basic: "by a user name and token", "git-helper": "as this machine’s account" };
const STATES = { ready: ["good", "✓ in order"], warn: ["risk-medium", "! something is amiss, work goes on"], block: ["bad", "! work waits"] };
const PLACES = {
  no_key: "git-key", wrong_key: "git-key", not_allowed_to_write: "git-key", new_key_not_working: "git-key",
  wrong_login: "git-login", host_key_changed: "git-hosts",
};
const WORDS = { "git-key": "To the key", "git-login": "To the token", "git-hosts": "To the known hosts" };
const IN_SETTINGS = new Set(["no_such_repository", "no_such_branch", "no_test_command", "repository_gone"]);

// The next step for what was found amiss: the section of this tab, or the tab, in which it is mended.
function Mend({ code, kind, onTab }) {
  const wanted = PLACES[code] === "git-key" && kind === "web" ? "git-login" : PLACES[code];
  const go = () => {
    const there = document.getElementById(wanted);
    there?.scrollIntoView({ block: "start" });
    there?.focus({ preventScroll: true });
  };
  if (wanted) return <button type="button" className="loom-button is-small" onClick={go}>{WORDS[wanted]}</button>;
  if (IN_SETTINGS.has(code)) return <button type="button" className="loom-button is-small" onClick={() => onTab("settings")}>To the settings</button>;
  return code === "no_agents" ? <Link className="loom-button is-small" to="/agents">Give it agents</Link> : null;
}

const told = (value, yes, no) => (value === null ? "not tried" : value ? yes : no);

function Found({ found, kind, project, onTab }) {
  return (
    <div className="loom-found-out" role="status">
      <p className={found.code ? "loom-fault-line" : "loom-well"}>{found.message} {found.code && <Mend {...{ code: found.code, kind, onTab }} />}</p>
      {found.reachable && project.git_repo && (
        <dl className="loom-facts">
          <Fact term="Read">yes</Fact>
          <Fact term="Written">{told(found.may_push, "yes", "no")}</Fact>
          <Fact term="Its default branch">{found.empty ? "none, it is empty" : found.default_branch || "unnamed"}</Fact>
          {!found.empty && <Fact term={`Branch ${project.branch}`}>{found.has_branch ? "there" : "missing"}</Fact>}
        </dl>
      )}
    </div>
  );
}

export function Access({ project, path, kind, method, load, mayWrite, onTab }) {
  const [found, setFound] = useState(null);
  const checking = useSending(async () => {
    setFound((await send("POST", `${path}/git-check`)).body);
    await load();
  });
  return (
    <section className="loom-panel" aria-labelledby="git-access">
      <h2 id="git-access">Repository</h2>
      <dl className="loom-facts">
        <Fact term="Address"><code>{project.git_repo || "Loom’s own, the only copy"}</code></Fact>
        <Fact term="Branch"><code>{project.branch}</code></Fact>
        {kind !== "own" && kind !== "local" && <Fact term="Loom comes">{WAYS[method] || method}</Fact>}
        <Fact term="Last fetched"><Ago at={project.last_sync_at} never="not yet" /></Fact>
      </dl>
      {project.problem && <p className="loom-fault-line" role="note">{project.problem}</p>}
      {found && <Found {...{ found, kind, project, onTab }} />}
      <Fault>{checking.fault}</Fault>
      {mayWrite && (
        <footer className="loom-row">
          <button type="button" className="loom-button is-main" disabled={checking.busy} onClick={() => checking.submit()}>{checking.busy ? "Trying it, up to 45 s…" : "Check access"}</button>
          <FetchNow project={project} load={load} />
        </footer>
      )}
    </section>
  );
}

export function Ready({ path, kind, beat, mayWrite, onTab }) {
  const [ready, fault, ask] = useAnswer(`${path}/readiness`, beat);
  const looking = useSending(async () => {
    await send("POST", `${path}/readiness`);
    await ask();
  });
  const [tone, word] = STATES[ready?.state] || ["open", "…"];
  return (
    <section className="loom-panel" aria-labelledby="git-ready">
      <header className="loom-row is-between"><h2 id="git-ready">In order for work</h2>{ready && <span className={`loom-status is-${tone}`}>{word}</span>}</header>
      {fault && <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button></Fault>}
      {!ready && !fault && <Loading />}
      {ready?.reasons.length === 0 && <p className="loom-empty">Nothing stands against work: the repository is reached, tests are named, agents are there.</p>}
      <ul className="loom-plain-list">
        {(ready?.reasons || []).map((one) => (
          <li key={one.code} className={`loom-reason-line is-${one.level}`}><span>{one.message}</span> {mayWrite && <Mend {...{ code: one.code, kind, onTab }} />}</li>
        ))}
      </ul>
      <Fault>{looking.fault}</Fault>
      {ready && (
        <footer className="loom-row">
          {mayWrite && <button type="button" className="loom-button" disabled={looking.busy} onClick={() => looking.submit()}>{looking.busy ? "Looking…" : "Look again"}</button>}
          <span className="loom-quiet">{ready.checked_at ? <>Looked at <Ago at={ready.checked_at} />.</> : "Not looked at yet as it is set up now."} The worker looks by itself, too.</span>
        </footer>
      )}
    </section>
  );
}
