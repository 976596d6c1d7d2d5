// The providers, each with what its status rests on, its models, and what can be done with it.

import { useCallback, useState } from "react";
import { useEvents, useFresh } from "./fresh.js";
import { Provider } from "./provider_card.jsx";
import { Fault } from "./parts.jsx";
import { all } from "./rest.js";
import "./providers.css";

const PATH = "/api/v1/providers";
const FRESH_ON = ["provider.", "run.replied", "run.ended"];

function Nothing({ mayWrite, onAdd }) {
  return (
    <section className="loom-panel loom-refused">
      <h2>No provider yet</h2>
      <p className="loom-sub">
        Agents rest until there is one. A provider is the address of an OpenAI-compatible API: TokenHub, vLLM, llama.cpp, OpenAI or any other.
      </p>
      {mayWrite ? <button type="button" className="loom-button is-main" onClick={() => onAdd()}>Add a provider</button> : <p className="loom-empty">Ask somebody who may change providers to add one.</p>}
    </section>
  );
}

// `events` and `since` come from Live; `onAdd` and `onEdit` open the form.
export function Providers({ events, since, mayWrite, mayDelete, onAdd, onEdit }) {
  const [rows, setRows] = useState(null);
  const [fault, setFault] = useState(null);
  const [beat, setBeat] = useState(0);
  const work = useCallback(async () => {
    try {
      setRows(await all(PATH));
      setFault(null);
      setBeat((count) => count + 1);
      return true;
    } catch (error) {
      setFault(error);
      return false;
    }
  }, []);
  const load = useFresh(since, work);
  useEvents(events, since, (fresh, missed) => {
    if (missed || fresh.some((event) => FRESH_ON.some((type) => event.type.startsWith(type)))) load();
  });
  if (!rows && !fault) return <div className="loom-skeleton is-page" role="status" aria-label="Loading the providers" />;
  return (
    <div className="loom-stack">
      {fault && <Fault>{fault.message} <button type="button" className="loom-button" onClick={load}>Try again</button></Fault>}
      {rows?.length === 0 && <Nothing mayWrite={mayWrite} onAdd={onAdd} />}
      {rows?.map((row) => <Provider key={row.id} row={row} beat={beat} load={load} mayWrite={mayWrite} mayDelete={mayDelete} onEdit={onEdit} />)}
    </div>
  );
}
