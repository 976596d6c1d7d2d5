// One exchange with Loom: what was asked, what was answered and how, and the changes it proposes.

import { memo, useState } from "react";
import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { Markdown } from "./markdown.jsx";
import { send } from "./rest.js";

const HOW = { model: "", data: "From the data, without a model", work: "Work", proposal: "Proposal" };
const ENDED = { done: "Done", dismissed: "Dismissed", stale: "Not done", expired: "Expired" };

function seconds(ms) {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function Proposal({ proposal, onChange }) {
  const [busy, setBusy] = useState("");
  const [fault, setFault] = useState("");
  const decide = async (word) => {
    setBusy(word);
    setFault("");
    try {
      const { body } = await send("POST", `/api/v1/repl/proposals/${encodeURIComponent(proposal.id)}/${word}`);
      onChange(body);
    } catch (error) {
      const ended = { proposal_stale: "stale", proposal_expired: "expired" }[error.problem?.code];
      if (ended) onChange({ ...proposal, status: ended, result: error.message });
      else setFault(error instanceof TypeError ? "Loom cannot be reached; nothing is known to be done. Try again." : error.message);
    } finally {
      setBusy("");
    }
  };
  const isOpen = proposal.status === "open";
  return (
    <section className={`loom-proposal is-${proposal.status}`} aria-label="Proposed change" data-proposal={proposal.id}>
      <header>
        <Markdown>{proposal.title}</Markdown>
        {!isOpen && <span className={`loom-status is-${proposal.status === "done" ? "done" : "closed"}`}>{ENDED[proposal.status]}</span>}
      </header>
      <ul>{proposal.effects.map((effect) => <li key={effect}><Markdown>{effect}</Markdown></li>)}</ul>
      {proposal.result && <div className="loom-proposal-result" role="status"><Markdown>{proposal.result}</Markdown></div>}
      {fault && <p className="loom-fault-line" role="alert">{fault}</p>}
      {isOpen && (
        <div className="loom-row">
          <button type="button" className="loom-button is-main" disabled={Boolean(busy)} onClick={() => decide("confirm")}>{busy === "confirm" ? "Doing it …" : "Confirm"}</button>
          <button type="button" className="loom-button" disabled={Boolean(busy)} onClick={() => decide("dismiss")}>Dismiss</button>
          <span className="loom-quiet">good until {new Date(proposal.expires_at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}</span>
        </div>
      )}
    </section>
  );
}

export const Exchange = memo(function Exchange({ exchange, onChange, onAsk }) {
  const { answered, model, provider_name: provider } = exchange;
  const how = answered === "model" ? `${model} at ${provider}` : HOW[answered];
  return (
    <li className="loom-exchange" data-exchange={exchange.id}>
      <p className="loom-asked"><span aria-hidden="true">›</span><span className="loom-unseen">You asked: </span>{exchange.message}</p>
      {exchange.notice && <p className="loom-ask-notice">{exchange.notice}</p>}
      <Markdown>{exchange.response}</Markdown>
      {exchange.proposals.map((proposal) => (
        <Proposal key={proposal.id} proposal={proposal} onChange={(now) => onChange(exchange.id, now)} />
      ))}
      {answered === "work" && exchange.suggestions.length > 0 && (
        <div className="loom-row" aria-label="Instead">
          {exchange.suggestions.map((text) => <button key={text} type="button" className="loom-button loom-suggestion" onClick={() => onAsk(text)}>{text}</button>)}
        </div>
      )}
      <footer className="loom-quiet">
        <Ago at={exchange.at} />
        <span>{how}</span>
        {exchange.tokens_used > 0 && <span>{exchange.tokens_used.toLocaleString("en-US")} tokens</span>}
        {answered === "model" || exchange.tokens_used > 0 ? <span title={exchange.cost_micros === null ? "The model has no price, so nobody knows what this cost." : undefined}>{exchange.cost}</span> : null}
        <span>{seconds(exchange.latency_ms)}</span>
        {exchange.bead_id && <Link to={`/beads/${encodeURIComponent(exchange.bead_id)}`}>Follow {exchange.bead_id}</Link>}
      </footer>
    </li>
  );
});
