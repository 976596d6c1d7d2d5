// The calls behind figures, and all of them as a file.

import { useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { EXPORT, LOGS, moment, took, whole } from "./analytics_data.js";
import { Fault } from "./parts.jsx";
import { dollars, get } from "./rest.js";

const PAGE = 25;
const FORMATS = [["csv", "CSV"], ["json", "JSON"], ["ndjson", "JSON lines"]];
const STATUS = { 200: "answered", 502: "failed", 504: "nobody waited any more" };

export function Calls({ query, title, onClear }) {
  const [told, setTold] = useState({ rows: null, total: 0, fault: "" });
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    const gone = new AbortController();
    setTold({ rows: null, total: 0, fault: "" });
    get(`${LOGS}?${query}&limit=${PAGE}`, gone.signal).then(
      ({ body, headers }) => setTold({ rows: body, total: Number(headers.get("X-Total-Count") || body.length), fault: "" }),
      (error) => gone.signal.aborted || setTold({ rows: [], total: 0, fault: error.message }),
    );
    return () => gone.abort();
  }, [query]);
  const more = async () => {
    setBusy(true);
    try {
      const { body } = await get(`${LOGS}?${query}&limit=${PAGE}&offset=${told.rows.length}`);
      const known = new Set(told.rows.map((one) => one.id));
      setTold((was) => ({ ...was, rows: [...was.rows, ...body.filter((one) => !known.has(one.id))], fault: "" }));
    } catch (error) {
      setTold((was) => ({ ...was, fault: error.message }));
    }
    setBusy(false);
  };
  const { rows, total, fault } = told;
  return (
    <section className="loom-panel loom-chart-panel" aria-labelledby="calls" id="calls-behind">
      <header className="loom-row is-between"><h2 id="calls">{title} <span className="loom-quiet" role="status">{rows ? whole(total) : ""}</span></h2>{onClear && <button type="button" className="loom-button is-small" onClick={onClear}>Show the calls of the whole span</button>}</header>
      <Fault>{fault}</Fault>
      {!rows && <div className="loom-skeleton" role="status" aria-label="Loading" />}
      {rows?.length === 0 && !fault && <p className="loom-empty">No call ended in this span.</p>}
      {rows?.length > 0 && (
        <div className="loom-scroll" tabIndex={0}>
          <table className="loom-table">
            <thead><tr><th scope="col">When (UTC)</th><th scope="col">What for</th><th scope="col">Model</th><th scope="col">Whose</th><th scope="col">Input</th><th scope="col">Output</th><th scope="col">Took</th><th scope="col">Cost</th><th scope="col">Outcome</th></tr></thead>
            <tbody>
              {rows.map((one) => (
                <tr key={one.id}>
                  <td>{moment(one.timestamp, "minute")}</td>
                  <td>{one.path.replace("/internal/", "").replaceAll("_", " ")}{one.bead_id && <> · <Link to={`/beads/${encodeURIComponent(one.bead_id)}`}>{one.bead_id}</Link></>}</td>
                  <td>{one.model_name}</td>
                  <td>{one.agent_id ? <Link to={`/agents/${encodeURIComponent(one.agent_id)}`}>{one.agent_id}</Link> : one.user_id}</td>
                  <td className="is-end">{whole(one.prompt_tokens)}{one.cached_tokens > 0 && <span className="loom-quiet"> ({whole(one.cached_tokens)} cached)</span>}</td>
                  <td className="is-end">{whole(one.completion_tokens)}{one.estimated && <span className="loom-quiet"> estimated</span>}</td>
                  <td className="is-end">{took(one.latency_ms)}</td>
                  <td className="is-end">{one.status_code === 200 ? dollars(one.cost_micros) : "–"}</td>
                  <td>{STATUS[one.status_code] || one.status_code}{one.error_message && <span className="loom-quiet"> {one.error_message}</span>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {rows && rows.length < total && <button type="button" className="loom-button is-small" disabled={busy} onClick={more}>{busy ? "Reading…" : "More"}</button>}
    </section>
  );
}

// How many lines of the file are there so far; a file of JSON has its first call on the line of the bracket.
async function take(query, format, signal, onLines) {
  const response = await fetch(`${EXPORT}?${query}&format=${format}`, { signal });
  if (!response.ok) throw new Error((await response.json().catch(() => ({}))).detail || `The server answered ${response.status}.`);
  const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") || "")?.[1] || `loom-logs.${format}`;
  const reader = response.body.getReader();
  const pieces = [];
  let lines = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    for (const byte of value) if (byte === 10) lines += 1;
    onLines(lines);
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(pieces));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

export function Export({ query, total }) {
  const [state, setState] = useState({ format: "", lines: 0, fault: "" });
  const stop = useRef(null);
  useEffect(() => () => stop.current?.abort(), []);
  const begin = async (format) => {
    stop.current = new AbortController();
    setState({ format, lines: 0, fault: "" });
    try {
      await take(query, format, stop.current.signal, (lines) => setState((was) => ({ ...was, lines })));
      setState({ format: "", lines: 0, fault: "" });
    } catch (error) {
      setState({ format: "", lines: 0, fault: stop.current.signal.aborted ? "" : `The file is not whole and was not kept: ${error.message}` });
    }
  };
  return (
    <span className="loom-row" role="group" aria-label="Take along as a file">
      {state.format ? (
        <>
          <progress max={Math.max(1, total)} value={Math.min(state.lines, total)} aria-label={`${whole(state.lines)} of ${whole(total)} calls`} />
          <button type="button" className="loom-button is-small" onClick={() => stop.current.abort()}>Stop</button>
        </>
      ) : FORMATS.map(([format, word]) => <button key={format} type="button" className="loom-button is-small" disabled={!total} onClick={() => begin(format)}>{word}</button>)}
      <Fault>{state.fault}</Fault>
    </span>
  );
}
