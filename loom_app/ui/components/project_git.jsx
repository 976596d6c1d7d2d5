// How a project reaches its repository, whether all that works, and what may be done there.

import { useAnswer } from "./bead_data.js";
import { Access, Ready } from "./git_access.jsx";
import { Hosts } from "./git_hosts.jsx";
import { Key } from "./git_key.jsx";
import { Login } from "./git_login.jsx";
import { Findings, Protected } from "./git_rules.jsx";
import { GitHub } from "./project_github.jsx";
import { Loading } from "./project_overview.jsx";

// Where an address leads: "own" is Loom's only copy, "local" takes neither key nor login.
function kindOf(address) {
  if (!address) return "own";
  if (/^https?:/i.test(address)) return "web";
  return /^ssh:/i.test(address) || (!address.includes("://") && /^[^/]+@[^/]+:/.test(address)) ? "ssh" : "local";
}

function Unknown({ fault, ask, what }) {
  return <p className="loom-fault-line" role="alert">{what} could not be read: {fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button></p>;
}

// Key, login and hosts, for a repository that is elsewhere.
function Means({ project, path, kind, beat, keys, login, mayWrite, isAdmin }) {
  const [hosts, unread, askHosts] = useAnswer(kind === "ssh" ? `${path}/known-hosts` : "", beat);
  return (
    <>
      {keys.fault && <Unknown what="The key" {...keys} />}
      {login.fault && <Unknown what="The login" {...login} />}
      {unread && <Unknown what="The known hosts" fault={unread} ask={askHosts} />}
      {kind === "ssh" && keys.body && <Key found={keys.body} api={path} ask={keys.ask} mayWrite={mayWrite} />}
      {kind === "ssh" && hosts && <Hosts hosts={hosts} api={path} ask={askHosts} address={project.git_repo} mayWrite={mayWrite} />}
      {login.body && <Login login={login.body} api={path} ask={login.ask} {...{ kind, mayWrite, isAdmin }} />}
      <GitHub {...{ path, beat, mayWrite }} />
    </>
  );
}

export function Git({ project, path, beat, load, mayWrite, isAdmin, onTab }) {
  const kind = kindOf(project.git_repo);
  const elsewhere = kind === "ssh" || kind === "web";
  const [key, noKey, askKey] = useAnswer(kind === "ssh" ? `${path}/git-key` : "", beat);
  const [login, noLogin, askLogin] = useAnswer(elsewhere ? `${path}/git-login` : "", beat);
  if (elsewhere && !login && !noLogin) return <Loading />;
  return (
    <>
      {!mayWrite && <p className="loom-hint">You may look at this, not change it. Ask an administrator for the permission projects:write.</p>}
      <div className="loom-halves">
        <Access {...{ project, path, kind, load, mayWrite, onTab }} method={login?.auth_method || ""} />
        <Ready {...{ path, kind, beat, mayWrite, onTab }} />
      </div>
      {elsewhere && <Means {...{ project, path, kind, beat, mayWrite, isAdmin }} keys={{ body: key, fault: noKey, ask: askKey }} login={{ body: login, fault: noLogin, ask: askLogin }} />}
      {!elsewhere && <p className="loom-hint">{kind === "own" ? "Loom holds the only copy of this repository, so that neither key nor token is needed." : "This repository is on Loom’s own machine, so that neither key nor token is needed."}</p>}
      <div className="loom-halves">
        <Protected {...{ project, path, load, mayWrite }} />
        <Findings {...{ path, beat, mayWrite }} />
      </div>
    </>
  );
}
