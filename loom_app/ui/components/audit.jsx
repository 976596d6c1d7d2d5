// Taking the audit log along, and having the chain through it checked.

import { useState } from "react";
import { Dialog } from "./dialog.jsx";
import { Fault, ToCopy } from "./parts.jsx";
import { get } from "./rest.js";

function Found({ report }) {
  if (report.ok) {
    return (
      <>
        <p className="loom-hint"><strong>The log is as Loom wrote it.</strong> {report.entries.toLocaleString()} entries were checked.</p>
        <p className="loom-quiet">To find out later whether the log was cut short and put back together, keep its end somewhere else:</p>
        {report.head && <ToCopy label="End of the log" value={`${report.head.seq}:${report.head.hash}`} />}
      </>
    );
  }
  return (
    <>
      <p className="loom-fault-line" role="alert"><strong>The log was changed.</strong> {report.fault.message}</p>
      <p className="loom-quiet">Keep a copy of the database as it is, then see <code>loom audit verify</code> where Loom runs.</p>
    </>
  );
}

export function Verify() {
  const [open, setOpen] = useState(false);
  const [report, setReport] = useState(null);
  const [fault, setFault] = useState("");
  const verify = async () => {
    setOpen(true);
    setReport(null);
    setFault("");
    try {
      setReport((await get("/api/v1/audit/verify")).body);
    } catch (error) {
      setFault(error.message);
    }
  };
  return (
    <>
      <button type="button" className="loom-button" onClick={verify}>Verify the log</button>
      <Dialog open={open} title="Verify the log" onClose={() => setOpen(false)}>
        <div className="loom-form" role="status">
          {report ? <Found report={report} /> : !fault && <><div className="loom-progress" /><p>Every entry is being checked. This takes a while where there are many.</p></>}
          <Fault>{fault}</Fault>
        </div>
      </Dialog>
    </>
  );
}

// A plain link: one of the router's would look for a page of ours there.
export function Export({ format, query, children }) {
  const href = `/api/v1/audit/export?format=${format}${query ? `&${query}` : ""}`;
  return <a className="loom-button" href={href} download={`loom-audit.${format}`}>{children}</a>;
}
