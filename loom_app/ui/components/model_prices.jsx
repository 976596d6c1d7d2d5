// What the models of each provider cost: set from now on, taken over from the provider's list, unpriced ones flagged.

import { useState } from "react";
import { useAnswer } from "./bead_data.js";
import { Dialog } from "./dialog.jsx";
import { microsRead, microsTyped } from "./money.js";
import { Buttons, Fault, Field, Send, mistake, useSending } from "./parts.jsx";
import { dollars, send } from "./rest.js";

const KINDS = [["input", "Input"], ["cached_input", "Cached input"], ["cache_write", "Cache write"], ["output", "Output"], ["reasoning", "Reasoning"]];
const EVERY = "models without a price of their own";

function PriceForm({ path, price, onDone, onClose }) {
  const sending = useSending(async (typed) => {
    const prices = {};
    for (const [kind] of KINDS) {
      try {
        prices[kind] = microsRead(typed[kind], null);
      } catch (error) {
        throw mistake(kind, error.message);
      }
    }
    await send("POST", path, { model: price.named ? price.model : typed.model.trim(), prices });
    await onDone();
    onClose();
  }, { price_missing: "output", price_absurd: "cached_input" });
  return (
    <form className="loom-form is-pairs" onSubmit={sending.submit}>
      {!price.named && <div className="is-wide"><Field label="Model" name="model" maxLength={300} spellCheck={false} hint={`Empty: ${EVERY}.`} autoFocus /></div>}
      {KINDS.map(([kind, word]) => <Field key={kind} label={`${word}, dollars per million tokens`} name={kind} inputMode="decimal" defaultValue={microsTyped(price.prices?.[kind])} required={kind === "input" || kind === "output"} hint={{ input: "0 is free.", reasoning: "Empty: as output.", cached_input: "Empty: as input.", cache_write: "Empty: as input." }[kind]} fault={sending.at(kind)} />)}
      <p className="is-wide loom-quiet">It holds from now on. What was paid before stays as it was.</p>
      <div className="is-wide"><Fault>{sending.fault}</Fault></div>
      <div className="is-wide"><Buttons><button type="button" className="loom-button" onClick={onClose}>Cancel</button><Send sending={sending} word="Save" busy="Saving…" /></Buttons></div>
    </form>
  );
}

function OfProvider({ provider, beat, mayWrite }) {
  const path = `/api/v1/providers/${encodeURIComponent(provider.id)}/prices`;
  const [list, fault, ask] = useAnswer(path, beat);
  const [edited, setEdited] = useState(null);
  const [said, setSaid] = useState("");
  const taking = useSending(async () => {
    const { body } = await send("POST", `${path}/import`);
    setSaid(body.changed.length ? `${body.changed.length} of ${body.offered} models have a new price.` : body.silent.length === body.offered ? "The provider's list of models tells no prices. Enter them here." : "All prices were up to date.");
    await ask();
  });
  const present = (list?.prices || []).filter((row) => row.is_present && row.prices.input !== null);
  const dated = (list?.prices || []).length - present.length;
  return (
    <section className="loom-stack" aria-label={`Prices of ${provider.name}`} data-prices={provider.id}>
      <header className="loom-row is-between">
        <h3>{provider.name}</h3>
        {mayWrite && <span className="loom-row"><button type="button" className="loom-button is-small" disabled={taking.busy} onClick={() => taking.submit()}>{taking.busy ? "Asking…" : "Take over from its list"}</button><button type="button" className="loom-button is-small" onClick={() => setEdited({})}>Set a price</button></span>}
      </header>
      {(fault || taking.fault) && <Fault>{taking.fault || fault.message}</Fault>}
      {said && <p className="loom-quiet" role="status">{said}</p>}
      {list?.unpriced.length > 0 && <p className="loom-fault-line">Unpriced: {list.unpriced.map((model) => <span key={model} className="loom-kind">{model}</span>)} What calls of these cost nobody knows.</p>}
      {present.length > 0 && (
        <div className="loom-scroll">
          <table className="loom-table is-stacked">
            <thead><tr><th scope="col">Model</th>{KINDS.map(([kind, word]) => <th key={kind} scope="col">{word}</th>)}<th scope="col">Since</th><th scope="col"><span className="loom-unseen">Actions</span></th></tr></thead>
            <tbody>{present.map((row) => (
              <tr key={row.model}>
                <td>{row.model ? <code>{row.model}</code> : <span className="loom-quiet">{EVERY}</span>}</td>
                {KINDS.map(([kind, word]) => <td key={kind} data-label={word}>{row.prices[kind] === null ? "–" : dollars(row.prices[kind])}</td>)}
                <td data-label="Since"><time dateTime={row.valid_from} title={new Date(row.valid_from).toLocaleString()}>{new Date(row.valid_from).toLocaleDateString()}</time></td>
                <td>{mayWrite && <button type="button" className="loom-button is-small" aria-label={`Change the price of ${row.model || EVERY}`} onClick={() => setEdited({ ...row, named: true })}>Change</button>}</td>
              </tr>
            ))}</tbody>
          </table>
        </div>
      )}
      {list && present.length === 0 && <p className="loom-empty">No model of it has a price.{mayWrite ? " Set one, or take over those that its list tells." : ""}</p>}
      {dated > 0 && <p className="loom-quiet">{dated} {dated === 1 ? "price" : "prices"} of before or later {dated === 1 ? "is" : "are"} in the history.</p>}
      <Dialog open={edited !== null} title={edited?.named ? `Price of ${edited.model || EVERY}` : `A price at ${provider.name}`} onClose={() => setEdited(null)}>
        {edited && <PriceForm path={path} price={edited} onDone={ask} onClose={() => setEdited(null)} />}
      </Dialog>
    </section>
  );
}

export function ModelPrices({ beat, mayWrite }) {
  const [providers, fault, ask] = useAnswer("/api/v1/providers?limit=200", beat);
  return (
    <section className="loom-panel loom-stack" aria-labelledby="model-prices">
      <h2 id="model-prices">Prices</h2>
      <p className="loom-quiet">Dollars per million tokens. A model without a price is shown as unpriced, never as $0.00.</p>
      {fault && <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button></Fault>}
      {providers?.length === 0 && <p className="loom-empty">No provider is registered yet. Register one on the page System; its models and prices show here.</p>}
      {providers?.map((one) => <OfProvider key={one.id} provider={one} beat={beat} mayWrite={mayWrite} />)}
    </section>
  );
}
