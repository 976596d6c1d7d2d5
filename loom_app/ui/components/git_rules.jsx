// What may be done in a repository: the branches that are protected, and what looks like a secret and is none.

import { useState } from "react";
import { Ago } from "./ago.jsx";
import { useAnswer } from "./bead_data.js";
import { Confirm, Fault, Field, Send, mistake, useSending } from "./parts.jsx";
import { Loading } from "./project_overview.jsx";
import { send } from "./rest.js";

const FINGERPRINT = /^[0-9a-f]{16}$/;

export function Protected({ project, path, load, mayWrite }) {
  const patterns = project.protected_branches;
  const keep = async (wanted) => {
    await send("PATCH", path, { protected_branches: wanted });
    await load();
  };
  const adding = useSending(async ({ pattern }, form) => {
    const wanted = pattern.trim();
    if (patterns.includes(wanted)) throw mistake("pattern", `${wanted} is protected already.`);
    await keep([...patterns, wanted]);
    form.reset();
  }, { bad_pattern: "pattern", bad_branch: "pattern", invalid_request: "pattern" });
  const removing = useSending(({ pattern }) => keep(patterns.filter((one) => one !== pattern)));
  return (
    <section className="loom-panel" aria-labelledby="git-protected">
      <h2 id="git-protected">Protected branches</h2>
      <p className="loom-quiet">Agents neither push to these nor delete them; finished work lands in its turn all the same. A star stands for anything.</p>
      {patterns.length === 0 && <p className="loom-empty">None is protected.</p>}
      <ul className="loom-ruled">
        {patterns.map((pattern) => (
          <li key={pattern}>
            <code>{pattern}</code>
            {mayWrite && (
              <form onSubmit={removing.submit}>
                <input type="hidden" name="pattern" value={pattern} />
                <button type="submit" className="loom-button is-small" disabled={removing.busy} aria-label={`Protect ${pattern} no longer`}>Remove</button>
              </form>
            )}
          </li>
        ))}
      </ul>
      <Fault>{removing.fault}</Fault>
      {mayWrite && (
        <form className="loom-form" onSubmit={adding.submit}>
          <Field label="Protect another" name="pattern" required maxLength={200} placeholder="release/*" fault={adding.at("pattern")} spellCheck={false} />
          <Fault>{adding.fault}</Fault>
          <div className="loom-row"><Send sending={adding} word="Protect" busy="Saving…" /></div>
        </form>
      )}
    </section>
  );
}

function Allow({ path, ask }) {
  const sending = useSending(async ({ fingerprint, reason }, form) => {
    const finding = fingerprint.trim();
    if (!FINGERPRINT.test(finding)) throw mistake("fingerprint", "A finding is named by 16 digits and letters a to f, as the refusal has it.");
    await send("POST", `${path}/allowed-findings`, { fingerprint: finding, reason: reason.trim() });
    form.reset();
    await ask();
  });
  return (
    <form className="loom-form" onSubmit={sending.submit} autoComplete="off">
      <Field label="Finding" name="fingerprint" required maxLength={40} placeholder="0123456789abcdef" hint="The refused commit names it." fault={sending.at("fingerprint")} spellCheck={false} />
      <Field label="Why it is no secret" name="reason" required maxLength={500} />
      <Fault>{sending.fault}</Fault>
      <div className="loom-row"><Send sending={sending} word="Allow" busy="Saving…" /></div>
    </form>
  );
}

export function Findings({ path, beat, mayWrite }) {
  const [allowed, fault, ask] = useAnswer(`${path}/allowed-findings`, beat);
  const [leaving, setLeaving] = useState("");
  const withdraw = async () => {
    await send("DELETE", `${path}/allowed-findings/${leaving}`);
    await ask();
  };
  return (
    <section className="loom-panel" aria-labelledby="git-findings">
      <h2 id="git-findings">Allowed findings</h2>
      <p className="loom-quiet">What is committed is looked through for secrets, by whomever. What looks like one and is none is allowed here.</p>
      {fault && <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button></Fault>}
      {!allowed && !fault && <Loading />}
      {allowed?.length === 0 && <p className="loom-empty">Nothing is allowed. A refused commit names its finding.</p>}
      <ul className="loom-ruled">
        {(allowed || []).map((one) => (
          <li key={one.fingerprint}>
            <span><code>{one.fingerprint}</code> {one.reason || <span className="loom-quiet">no reason was given</span>} <span className="loom-quiet">{one.allowed_by}, <Ago at={one.allowed_at} /></span></span>
            {mayWrite && <button type="button" className="loom-button is-small is-danger" aria-label={`Withdraw ${one.fingerprint}`} onClick={() => setLeaving(one.fingerprint)}>Withdraw</button>}
          </li>
        ))}
      </ul>
      {mayWrite && <Allow path={path} ask={ask} />}
      <Confirm open={Boolean(leaving)} title="Withdraw the finding" action="Withdraw it" onClose={() => setLeaving("")} onConfirm={withdraw}>
        <p>Commits that add it are refused again. What is in the repository already stays there.</p>
      </Confirm>
    </section>
  );
}
