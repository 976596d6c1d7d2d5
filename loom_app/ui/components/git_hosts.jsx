// The keys by which a project knows hosts, so that nobody in between can pass for one.

import { useState } from "react";
import { toast } from "sonner";
import { Ago } from "./ago.jsx";
import { Confirm, Fault, Field, Send, mistake, useSending } from "./parts.jsx";
import { send } from "./rest.js";

const SOURCES = { person: "accepted by a person", "first contact": "believed when first met", published: "published by its owners; Loom brings it" };
const PRINT = /^SHA256:[A-Za-z0-9+/]{43}$/;

// What files of known hosts call the host of an SSH address.
function knownAs(address) {
  const [, host, port] = /^ssh:\/\/(?:[^@/]+@)?([^:/]+|\[[^\]]+\])(?::(\d+))?/i.exec(address) || /^(?:[^@/]+@)?([^:/]+):/.exec(address) || [];
  if (!host) return "";
  return port && port !== "22" ? `[${host.replace(/^\[|\]$/g, "").toLowerCase()}]:${port}` : host.toLowerCase();
}

function Add({ api, ask, address }) {
  const own = knownAs(address);
  const sending = useSending(async ({ host, key: typed }, form) => {
    const key = typed.trim();
    const byPrint = key.startsWith("SHA256:");
    if (byPrint && !PRINT.test(key)) throw mistake("key", "A fingerprint is SHA256: and 43 letters, digits, + or /.");
    if (byPrint && host.trim() !== own) throw mistake("key", `By its fingerprint alone a key can be accepted of ${own} only. Of another host paste the whole key.`);
    const { body } = await send("PUT", `${api}/known-hosts`, byPrint ? { host: host.trim(), fingerprint: key } : { host: host.trim(), key });
    form.reset();
    await ask();
    toast.success(`${body.host} is known by ${body.fingerprint}.`);
  }, { bad_host: "host", bad_host_key: "key", other_host_key: "key", remote_gone: "key" });
  return (
    <form className="loom-form is-pairs" onSubmit={sending.submit} autoComplete="off">
      <Field label="Host" name="host" required maxLength={200} defaultValue={own} fault={sending.at("host")} spellCheck={false} />
      <Field label="Fingerprint or key" name="key" required maxLength={4000} placeholder="SHA256:…" hint="The fingerprint as the host’s owners publish it, or the line that ssh-keyscan prints, from the type on." fault={sending.at("key")} spellCheck={false} />
      <div className="is-wide"><Fault>{sending.fault}</Fault></div>
      <div className="is-wide loom-row"><Send sending={sending} word="Accept this key" busy="Looking at the host…" /></div>
    </form>
  );
}

export function Hosts({ hosts, api, ask, address, mayWrite }) {
  const [leaving, setLeaving] = useState("");
  const forget = async () => {
    await send("DELETE", `${api}/known-hosts?host=${encodeURIComponent(leaving)}`);
    await ask();
  };
  return (
    <section className="loom-panel" id="git-hosts" tabIndex={-1} aria-labelledby="git-hosts-title">
      <h2 id="git-hosts-title">Known hosts</h2>
      {hosts.length === 0 && <p className="loom-empty">No host was met yet. The key that the repository’s host shows first is believed and kept here; to be sure from the start, accept it by its fingerprint.</p>}
      {hosts.length > 0 && (
        <div className="loom-scroll">
          <table className="loom-table is-stacked">
            <thead><tr>{["Host", "Key", "Known since", ""].map((head) => <th key={head} scope="col">{head}</th>)}</tr></thead>
            <tbody>
              {hosts.map((one) => (
                <tr key={`${one.host} ${one.fingerprint}`}>
                  <td><code>{one.host}</code></td>
                  <td data-label="Key"><span><code>{one.fingerprint}</code> <span className="loom-quiet">{one.type}</span></span></td>
                  <td data-label="Known"><span>{SOURCES[one.source] || one.source} {one.pinned_at && <Ago at={one.pinned_at} />}</span></td>
                  <td className="is-end">{mayWrite && one.source !== "published" && <button type="button" className="loom-button is-danger is-small" aria-label={`Forget ${one.host}`} onClick={() => setLeaving(one.host)}>Forget</button>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <details className="loom-fold">
        <summary>When a host shows another key</summary>
        <ol className="loom-ordered">
          <li>Nothing is sent to it. The check names the fingerprint of the key that it shows.</li>
          <li>Look that fingerprint up where the host’s owners publish theirs, on a page you trust, not in the answer of the host.</li>
          <li>If it is theirs, accept it here by that fingerprint; it takes the place of the one before.</li>
          <li>If they announce no such key, leave all as it is and tell whoever runs the host or the network: somebody may be in between.</li>
        </ol>
      </details>
      {mayWrite && <Add {...{ api, ask, address }} />}
      <Confirm open={Boolean(leaving)} title="Forget the host" action="Forget it" onClose={() => setLeaving("")} onConfirm={forget}>
        <p>Its keys go from this list. The key that {leaving} shows next is believed, unless its owners have published one. To change a key that you know, accept the new one instead.</p>
      </Confirm>
    </section>
  );
}
