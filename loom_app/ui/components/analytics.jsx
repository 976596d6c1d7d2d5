// Figures of calls to models: one span drives all of them, and the address says which.

import { useCallback, useEffect, useState } from "react";
import { useAddress } from "./address.js";
import { OverTime, Speed, Tokens, Week, Whose } from "./analytics_charts.jsx";
import { DASHBOARD, FILTER, FILTERS, LONG, money, moment, NAMES, percent, queryOf, RANGES, short, spanOf, took, USUAL, whole, WHOSE } from "./analytics_data.js";
import { Calls, Export } from "./analytics_rows.jsx";
import { Fault } from "./parts.jsx";
import { get } from "./rest.js";
import "./activity.css";
import "./analytics.css";

const AGAIN_MS = 60000;

function useBoard(asked) {
  const [now, setNow] = useState(Date.now);
  const [told, setTold] = useState({ board: null, span: null, fault: "", busy: true });
  const question = [...FILTERS, "range", "from", "until", "by"].map((name) => asked[name]).join("\n");
  const again = useCallback(() => setNow(Date.now()), []);
  useEffect(again, [question, again]);
  useEffect(() => {
    const timer = setInterval(() => document.hidden || asked.range === "custom" || again(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [asked.range, again]);
  useEffect(() => {
    const span = spanOf(asked, now);
    if (!span) return setTold({ board: null, span: null, busy: false, fault: "Say from which day until which day, the first before the last." });
    const gone = new AbortController();
    setTold((was) => ({ ...was, busy: true }));
    get(`${DASHBOARD}?${queryOf(asked, span)}&by=${asked.by || "provider"}`, gone.signal).then(
      ({ body }) => setTold({ board: body, span, fault: "", busy: false }),
      (error) => gone.signal.aborted || setTold((was) => ({ ...was, fault: error.message, busy: false })),
    );
    return () => gone.abort();
  }, [question, now]);
  return { ...told, again };
}

function Change({ now, before, good }) {
  if (before === null || before === undefined) return null;
  if (!before) return <span className="loom-quiet">{now ? "none before" : "as before"}</span>;
  const part = (now - before) / before;
  const word = Math.abs(part) < 0.0005 ? "as before" : part > 9 ? `▲ ${short(now / before)} times` : `${part > 0 ? "▲" : "▼"} ${percent(Math.abs(part))}`;
  return <span className={part === 0 || !good ? "loom-quiet" : part > 0 === (good === "more") ? "loom-better" : "loom-worse"} title="Beside as long a time before">{word}</span>;
}

function Card({ word, value, note, children }) {
  return <div className="loom-panel loom-figure"><dt>{word}</dt><dd><strong>{value}</strong>{children}{note && <span className="loom-quiet">{note}</span>}</dd></div>;
}

function Cards({ board }) {
  const { total, before, overall } = board;
  return (
    <dl className="loom-figures">
      <Card word="Cost" value={total.unpriced > 0 && !total.cost_micros ? "unpriced" : money(total.cost_micros)} note={total.unpriced > 0 ? `${whole(total.unpriced)} calls of models without a price come on top` : ""}><Change now={total.cost_micros} before={before?.cost_micros} good="less" /></Card>
      <Card word="Calls" value={short(total.requests)}><Change now={total.requests} before={before?.requests} /></Card>
      <Card word="Tokens" value={short(total.tokens)} note={total.tokens_input > 0 ? `${percent(total.tokens_cached / total.tokens_input)} of the input cached` : ""}><Change now={total.tokens} before={before?.tokens} /></Card>
      <Card word="Mean time" value={total.requests > total.failed ? took(total.latency_ms) : "–"} note={overall.p95 ? `95 % within ${took(overall.p95)}` : ""}><Change now={total.latency_ms} before={before?.latency_ms} good="less" /></Card>
      <Card word="Without an answer" value={percent(total.error_rate)} note={`${whole(total.failed)} calls`}><Change now={total.error_rate} before={before?.error_rate} good="less" /></Card>
    </dl>
  );
}

function Asked({ asked, change, board }) {
  const pick = (range) => {
    const [from, until] = spanOf(asked, Date.now()) || spanOf({ range: USUAL }, Date.now());
    const day = (at) => new Date(at).toISOString().slice(0, 10);
    change(range === "custom" ? { range, from: day(from), until: day(until - 1), at: "" } : { range: range === USUAL ? "" : range, from: "", until: "", at: "" });
  };
  const named = (name) => {
    const key = Object.keys(FILTER).find((one) => FILTER[one] === name);
    return board?.parts[key]?.find((one) => one.whose === asked[name])?.name || asked[name];
  };
  return (
    <div className="loom-activity-filters loom-panel" role="search" aria-label="What is asked for">
      <span className="loom-row" role="group" aria-label="Span of time">
        {[...RANGES, ["custom", "Days"]].map(([name, word]) => <button key={name} type="button" className={`loom-button is-small${(asked.range || USUAL) === name ? " is-main" : ""}`} aria-pressed={(asked.range || USUAL) === name} onClick={() => pick(name)}>{word}</button>)}
      </span>
      {asked.range === "custom" && (
        <>
          <label className="loom-activity-pick">From<input aria-label="From" type="date" value={asked.from} max={asked.until || undefined} onChange={(event) => change({ from: event.target.value, at: "" })} /></label>
          <label className="loom-activity-pick">Until<input aria-label="Until" type="date" value={asked.until} min={asked.from || undefined} onChange={(event) => change({ until: event.target.value, at: "" })} /></label>
        </>
      )}
      <label className="loom-activity-pick">Told apart by
        <select aria-label="Told apart by" value={asked.by || "provider"} onChange={(event) => change({ by: event.target.value === "provider" ? "" : event.target.value })}>{WHOSE.map(([name, word]) => <option key={name} value={name}>{word.toLowerCase()}</option>)}</select>
      </label>
      {FILTERS.filter((name) => asked[name]).map((name) => <button key={name} type="button" className="loom-button is-small" onClick={() => change({ [name]: "", at: "" })}>only {named(name)} ×</button>)}
    </div>
  );
}

export function Analytics() {
  const [asked, change] = useAddress("/analytics", NAMES);
  const { board, span, fault, busy, again } = useBoard(asked);
  const onPoint = (at, whose) => {
    const key = FILTER[board.by];
    change({ at: board.periods[at], ...(whose ? { [key]: whose } : {}) });
    requestAnimationFrame(() => document.getElementById("calls-behind")?.scrollIntoView({ block: "start" }));
  };
  const begin = asked.at && board ? Date.parse(asked.at) : NaN;
  const within = span && !Number.isNaN(begin) ? [Math.max(begin, span[0]), Math.min(begin + LONG[board.grain], span[1])] : span;
  return (
    <div className="loom-stack" aria-busy={busy}>
      <Asked {...{ asked, change, board }} />
      {fault && <Fault>{fault} {span && <button type="button" className="loom-button is-small" onClick={again}>Try again</button>}</Fault>}
      {!board && !fault && <div className="loom-skeleton is-page" role="status" aria-label="Loading" />}
      {board && (
        <>
          <Cards board={board} />
          {board.total.requests === 0 ? (
            <p className="loom-empty">No call to a model ended in this span. Figures come as soon as an agent works; look further back, or see the budgets.</p>
          ) : (
            <>
              <OverTime board={board} show={asked.show || "cost"} setShow={(show) => change({ show: show === "cost" ? "" : show })} onPoint={onPoint} />
              <div className="loom-charts"><Speed {...{ board, onPoint }} /><Tokens {...{ board, onPoint }} /></div>
              <div className="loom-charts is-wide">{WHOSE.map(([key, word]) => <Whose key={key} title={word} parts={board.parts[key]} total={board.total} chosen={asked[FILTER[key]]} onPick={(whose) => change({ [FILTER[key]]: whose, at: "" })} />)}<Week hours={board.hours} /></div>
            </>
          )}
          <section className="loom-row is-between" aria-label="As a file"><span className="loom-quiet">All {whole(board.total.requests)} calls of this span, from {moment(board.time_range.start, "minute")} to {moment(board.time_range.end, "minute")} UTC:</span><Export query={queryOf(asked, span).toString()} total={board.total.requests} /></section>
          {within && <Calls query={queryOf(asked, within).toString()} title={within === span ? "Calls" : `Calls of the ${board.grain} from ${moment(asked.at, board.grain)}`} onClear={within === span ? null : () => change({ at: "" })} />}
        </>
      )}
    </div>
  );
}
