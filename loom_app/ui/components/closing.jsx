// Asks what is to become of what is under an epic that would be closed before it.

import { useEffect, useState } from "react";
import { Dialog } from "./dialog.jsx";
import { get } from "./rest.js";
import { StatusChip } from "./status_chip.jsx";

const MOST_NAMED = 8;

// Whether an error says that an epic has children that are not done.
export const isEarly = (error) => error.problem?.code === "open_children";

const beads = (count) => (count === 1 ? "1 bead" : `${count.toLocaleString()} beads`);

function useCards(ids) {
  const [cards, setCards] = useState(new Map());
  const named = ids.join(",");
  useEffect(() => {
    const gone = new AbortController();
    get(`/api/v1/board/cards?ids=${named.split(",").map(encodeURIComponent).join(",")}`, gone.signal).then(
      ({ body }) => setCards(new Map(body.cards.map((card) => [card.id, card]))),
      () => {}, // the ids stand there all the same
    );
    return () => gone.abort();
  }, [named]);
  return cards;
}

function Open({ epics, children, open_below: below, onDecide, onClose }) {
  const named = children.slice(0, MOST_NAMED);
  const cards = useCards(named);
  const one = epics.length === 1;
  return (
    <>
      <p>
        {children.length === 1 ? "1 child is" : `${children.length} children are`} not done{below > children.length && `; with what is under ${children.length === 1 ? "it" : "them"}, ${beads(below)}`}.
      </p>
      <ul className="loom-early" aria-label="Not done">
        {named.map((id) => (
          <li key={id}>
            {cards.has(id) && <StatusChip bead={cards.get(id)} />}
            <span><a className="loom-id" href={`/beads/${encodeURIComponent(id)}`} target="_blank" rel="noreferrer">{id}</a> {cards.get(id)?.title}</span>
          </li>
        ))}
        {children.length > named.length && <li className="loom-quiet">and {children.length - named.length} more</li>}
      </ul>
      <div className="loom-row is-end">
        <button type="button" className="loom-button" onClick={onClose}>Leave {one ? "it" : "them"} open</button>
        <button type="button" className="loom-button" onClick={() => onDecide({ force: true })}>Close {one ? "it" : "them"} all the same</button>
        <button type="button" className="loom-button is-main" onClick={() => onDecide({ close_children: true })}>Close {below === 1 ? "the child" : `all ${below.toLocaleString()}`} too</button>
      </div>
    </>
  );
}

// `early` is the problem the server answered with, null for none; `onDecide` gets what the change is to be sent with.
export function Early({ early, onDecide, onClose }) {
  const title = early ? `${early.epics.slice(0, 3).join(", ")}${early.epics.length > 3 ? " and others" : ""}: close before ${early.epics.length === 1 ? "its" : "their"} children?` : "";
  return <Dialog open={Boolean(early)} title={title} onClose={onClose}>{early && <Open {...early} onDecide={onDecide} onClose={onClose} />}</Dialog>;
}
