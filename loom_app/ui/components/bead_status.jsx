// Where a bead stands, and moving it elsewhere, with a reason where one helps whoever reads it later.

import { useState } from "react";
import { Early, isEarly } from "./closing.jsx";
import { Line } from "./inplace.jsx";
import { StatusChip } from "./status_chip.jsx";

const BOARD = [["open", "Open"], ["in_progress", "In progress"], ["blocked", "Blocked"], ["done", "Done"]];
const OTHERS = [["deferred", "Deferred"], ["pinned", "Pinned"], ["hooked", "Hooked"]];
const AT_ONCE = ["open", "in_progress"];

export function Status({ bead, change, mayWrite }) {
  const [wanted, setWanted] = useState("");
  const [naming, setNaming] = useState(false);
  const [fault, setFault] = useState("");
  const [early, setEarly] = useState(null);
  const present = bead.source_status || bead.status;
  const move = async (status, reason, decided) => {
    setFault("");
    setEarly(null);
    const fields = { status, ...(reason && { reason }), ...decided };
    try {
      await change(fields, { seen: { status: bead.status, source_status: bead.source_status }, told: `${bead.id} is ${status.replaceAll("_", " ")} now.` });
    } catch (error) {
      if (!isEarly(error)) throw error;
      setWanted("");
      setEarly({ status, reason, problem: error.problem });
    }
  };
  const choose = (status) => {
    setFault("");
    if (status === "…") return setNaming(true);
    if (!AT_ONCE.includes(status)) return setWanted(status);
    return move(status, "").catch((error) => setFault(error.message));
  };
  if (!mayWrite) return <StatusChip bead={bead} />;
  if (wanted)
    return (
      <>
        <strong>{wanted.replaceAll("_", " ")}</strong>
        <Line label={`Why it is ${wanted}`} placeholder="Why? May be left empty" initial="" maxLength={2000} onSave={(reason) => move(wanted, reason)} onClose={() => setWanted("")} />
      </>
    );
  if (naming) return <Line label="Status" initial="" hint="A status of the beads tool." maxLength={200} required onSave={async (status) => setWanted(status.trim())} onClose={() => setNaming(false)} />;
  const others = [...BOARD, ...OTHERS].some(([id]) => id === present) ? OTHERS : [...OTHERS, [present, present]];
  const option = ([id, name]) => <option key={id} value={id}>{name}</option>;
  return (
    <>
      <select className={`loom-value loom-status is-${bead.status}`} aria-label="Status" value={present} onChange={(event) => choose(event.target.value)}>
        <optgroup label="On the board">{BOARD.map(option)}</optgroup>
        <optgroup label="Elsewhere">{others.map(option)}<option value="…">Another …</option></optgroup>
      </select>
      <Early early={early?.problem} onDecide={(decided) => move(early.status, early.reason, decided).catch((error) => setFault(error.message))} onClose={() => setEarly(null)} />
      {fault && <span className="loom-fault-line" role="alert">{fault}</span>}
    </>
  );
}
