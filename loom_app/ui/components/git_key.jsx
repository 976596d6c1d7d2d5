// A project's key: the public part to hand out and what to do with it, changing it for another, and taking it away.

import { useState } from "react";
import { toast } from "sonner";
import { Ago } from "./ago.jsx";
import { Confirm, Fault, ToCopy, useSending } from "./parts.jsx";
import { send } from "./rest.js";

// The public part with the steps for each site. `found` is a GitKeyView, or a bootstrap, which has the same.
export function PublicKey({ found }) {
  return (
    <>
      <ToCopy label="Public key" value={found.public_key} rows={3} />
      <p className="loom-quiet">Fingerprint <code>{found.fingerprint}</code>. The private part never leaves Loom.</p>
      <div className="loom-sites">
        {found.instructions.map((one) => (
          <div key={one.site}>
            <h3>{one.site}</h3>
            <ol>{one.steps.map((step) => <li key={step}>{step}</li>)}</ol>
            {one.url && <a className="loom-button" href={one.url} target="_blank" rel="noreferrer">Open that page on {one.site}</a>}
          </div>
        ))}
      </div>
    </>
  );
}

const short = (fingerprint) => `${fingerprint.slice(0, 17)}…`;

const ASKS = {
  rotate: {
    title: "Make a new key", action: "Make it",
    what: () => "A second pair is made beside this one. Work goes on by this one until the new one was seen to let a push in; from then on Loom forgets this one, and you can remove it at the site.",
  },
  back: {
    title: "Take the new key back", action: "Take it back",
    what: (key) => `The new key ${short(key.fingerprint)} goes for good, and the earlier one stays. If it was added at the site already, remove it there.`,
  },
  early: {
    title: "Forget the earlier key", action: "Forget it",
    what: (key) => `The earlier key ${short(key.fingerprint)} goes at once: do this when it has leaked. Until the new one is added at the site, nothing can be fetched or delivered.`,
  },
  drop: {
    title: "Remove the key", action: "Remove it",
    what: (key) => `The key ${short(key.fingerprint)} goes for good: do this when it has leaked. Nothing can be fetched or delivered until another one is made and added at the site.`,
  },
};

// What stands of each key while there are two of them.
function Two({ keys, mayWrite, onAsk }) {
  return (
    <>
      <p className="loom-hint">The new key has not been seen to work yet, so work goes on by the earlier one. Add the new one as it says below, then check the access above.</p>
      <ul className="loom-plain-list">
        {keys.map((key, at) => (
          <li key={key.id} className="loom-row">
            <span className="loom-tag">{at === 0 ? "new" : "earlier"}</span> <code>{key.fingerprint}</code>
            <span className="loom-quiet">made <Ago at={key.created_at} />, {key.worked_at ? <>first let a push in <Ago at={key.worked_at} /></> : "not seen to let a push in"}</span>
            {mayWrite && <button type="button" className="loom-button is-small is-danger" onClick={() => onAsk(at === 0 ? "back" : "early", key)}>{at === 0 ? "Take it back" : "Forget it"}</button>}
          </li>
        ))}
      </ul>
    </>
  );
}

function Present({ found, api, ask, mayWrite }) {
  const [asked, setAsked] = useState(null);
  const [newest] = found.keys;
  const onConfirm = async () => {
    if (asked.what === "rotate") await send("POST", `${api}/git-key/rotate`);
    else await send("DELETE", `${api}/git-keys/${encodeURIComponent(asked.key.id)}`);
    await ask();
  };
  const onAsk = (what, key) => setAsked({ what, key });
  const form = asked && ASKS[asked.what];
  return (
    <>
      {found.auth_method === "git-helper" && <p className="loom-hint">Git comes as the account that Loom runs in, so this key is not used now.</p>}
      {found.rotated ? <Two keys={found.keys} mayWrite={mayWrite} onAsk={onAsk} /> : (
        <p className="loom-quiet">Made <Ago at={newest.created_at} />. {newest.worked_at ? <>It first let a push in <Ago at={newest.worked_at} />.</> : "It has not been seen to let a push in yet."}</p>
      )}
      <PublicKey found={found} />
      {mayWrite && !found.rotated && (
        <footer className="loom-row">
          <button type="button" className="loom-button" onClick={() => onAsk("rotate", newest)}>Make a new key …</button>
          <button type="button" className="loom-button is-danger" onClick={() => onAsk("drop", newest)}>Remove the key …</button>
        </footer>
      )}
      <Confirm open={asked !== null} title={form?.title || ""} action={form?.action || ""} onClose={() => setAsked(null)} onConfirm={onConfirm}>
        <p>{form?.what(asked.key)}</p>
      </Confirm>
    </>
  );
}

export function Key({ found, api, ask, mayWrite }) {
  const making = useSending(async () => {
    await send("POST", `${api}/git-key`);
    await ask();
    toast.success("Made. Add its public part where the repository is.");
  });
  return (
    <section className="loom-panel loom-key" id="git-key" tabIndex={-1} aria-labelledby="git-key-title">
      <h2 id="git-key-title">SSH key</h2>
      {found.keys.length > 0 ? <Present {...{ found, api, ask, mayWrite }} /> : (
        <>
          <p className="loom-empty">The project has no key yet. Loom makes a pair of its own for it; you add the public part where the repository is.</p>
          {mayWrite && <p><button type="button" className="loom-button is-main" disabled={making.busy} onClick={() => making.submit()}>Make a key</button></p>}
          <Fault>{making.fault}</Fault>
        </>
      )}
    </section>
  );
}
