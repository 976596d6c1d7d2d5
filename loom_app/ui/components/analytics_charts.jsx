// Charts of figures, each with the table of the same figures behind it. Colours can be told apart by everybody, and
// patterns and line styles say the same as they do.

import { useEffect, useRef, useState } from "react";
import { LONG, MEASURES, moment, percent, short, took, whole } from "./analytics_data.js";
import { Fault } from "./parts.jsx";

const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a900", "#8c6bb1", "#7f8790"];
const PATTERNS = ["", "/", "x", ".", "\\", "+", "-", "|", ""];
const PATTERN = { fillmode: "overlay", fgcolor: "rgba(255,255,255,0.55)", solidity: 0.18, size: 7 };
const DASHES = ["solid", "dash", "dot"];
const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const CONFIG = { displayModeBar: false, responsive: true, displaylogo: false };

function token(name) {
  return getComputedStyle(document.querySelector(".loom-shell") || document.documentElement).getPropertyValue(name).trim();
}

function layout(more) {
  const axis = { gridcolor: token("--line"), linecolor: token("--strong-line"), zerolinecolor: token("--line"), fixedrange: true, automargin: true };
  return {
    height: 260, margin: { l: 8, r: 8, t: 8, b: 8 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false, bargap: 0.15,
    font: { color: token("--soft"), family: "ui-sans-serif, system-ui, sans-serif", size: 12 },
    hoverlabel: { bgcolor: token("--raised"), bordercolor: token("--strong-line"), font: { color: token("--ink") } },
    ...more, xaxis: { ...axis, type: "date", ...more?.xaxis }, yaxis: { ...axis, rangemode: "tozero", ...more?.yaxis },
  };
}

// Which look the page has; charts are drawn anew when it changes.
function useLook() {
  const [look, setLook] = useState(document.documentElement.className);
  useEffect(() => {
    const watch = new MutationObserver(() => setLook(document.documentElement.className));
    watch.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
    return () => watch.disconnect();
  }, []);
  return look;
}

function Plot({ label, traces, more, onPoint }) {
  const place = useRef(null);
  const latest = useRef(onPoint);
  latest.current = onPoint;
  const [fault, setFault] = useState("");
  const look = useLook();
  useEffect(() => {
    let gone = false;
    const node = place.current;
    import("plotly.js-basic-dist-min").then(async ({ default: Plotly }) => {
      if (gone) return;
      await Plotly.react(node, traces, layout(more), CONFIG);
      node.removeAllListeners?.("plotly_click");
      node.on("plotly_click", ({ points }) => latest.current?.(points[0].pointNumber, points[0].data.whose));
    }).catch((error) => gone || setFault(`The chart cannot be drawn: ${error.message} The table has its figures.`));
    return () => { gone = true; };
  }, [traces, more, look]);
  useEffect(() => () => { const node = place.current; import("plotly.js-basic-dist-min").then(({ default: Plotly }) => node && Plotly.purge(node)); }, []);
  return fault ? <Fault>{fault}</Fault> : <div ref={place} role="img" aria-label={`${label}. The table below has the same figures.`} className={`loom-chart${onPoint ? " is-open" : ""}`} />;
}

function Key({ names }) {
  return <ul className="loom-chart-key">{names.map((name, at) => <li key={name}><svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true"><rect width="12" height="12" rx="2" fill={COLOURS[at % COLOURS.length]} /></svg>{name}</li>)}</ul>;
}

function Behind({ head, rows, onRow }) {
  return (
    <details className="loom-chart-table">
      <summary>Table</summary>
      <div className="loom-scroll" tabIndex={0}>
        <table className="loom-table">
          <thead><tr>{head.map((word) => <th key={word} scope="col">{word}</th>)}</tr></thead>
          <tbody>{rows.map(([first, ...cells], at) => <tr key={first}><th scope="row">{onRow ? <button type="button" className="loom-plain" onClick={() => onRow(at)}>{first}</button> : first}</th>{cells.map((cell, column) => <td key={head[column + 1]} className="is-end">{cell}</td>)}</tr>)}</tbody>
        </table>
      </div>
    </details>
  );
}

function Panel({ id, title, sub, actions, children }) {
  return (
    <section className="loom-panel loom-chart-panel" aria-labelledby={id}>
      <header className="loom-row is-between"><h2 id={id}>{title}</h2>{actions}</header>
      {sub && <p className="loom-quiet">{sub}</p>}
      {children}
    </section>
  );
}

export function OverTime({ board, show, setShow, onPoint }) {
  const measure = MEASURES[show] || MEASURES.cost;
  const { periods, series, grain } = board;
  const [drawn, setDrawn] = useState({ traces: [], more: {} });
  useEffect(() => setDrawn({
    traces: series.map((one, at) => ({
      type: "bar", x: periods, y: periods.map((_, place) => measure.of(one, place) / measure.scale), name: one.name || "nobody", whose: one.whose,
      customdata: periods.map((_, place) => measure.told(measure.of(one, place))), width: periods.map(() => LONG[grain] * 0.86), offset: 0,
      marker: { color: COLOURS[at % COLOURS.length], pattern: { ...PATTERN, shape: PATTERNS[at % PATTERNS.length] } },
      hovertemplate: "%{customdata}<extra>%{fullData.name}</extra>",
    })),
    more: { barmode: "stack", hovermode: "closest", yaxis: { tickprefix: show === "cost" || !show ? "$" : "" } },
  }), [board, show]);
  const names = series.map((one) => one.name || "nobody");
  const actions = (
    <span className="loom-row" role="group" aria-label="What is shown">
      {Object.entries(MEASURES).map(([name, { word }]) => <button key={name} type="button" className={`loom-button is-small${measure === MEASURES[name] ? " is-main" : ""}`} aria-pressed={measure === MEASURES[name]} onClick={() => setShow(name)}>{word}</button>)}
    </span>
  );
  const rows = periods.map((period, at) => [moment(period, grain), measure.exact(series.reduce((sum, one) => sum + measure.of(one, at), 0)), ...series.map((one) => measure.exact(measure.of(one, at)))]);
  return (
    <Panel id="over-time" title={`${measure.word} by ${grain}`} sub="Choose a bar to see the calls behind it." actions={actions}>
      <Plot label={`${measure.word} by ${grain} and ${board.by}`} traces={drawn.traces} more={drawn.more} onPoint={onPoint} />
      <Key names={names} />
      <Behind head={[`From (UTC)`, "All", ...names]} rows={rows} onRow={(at) => onPoint(at, undefined)} />
    </Panel>
  );
}

export function Speed({ board, onPoint }) {
  const { periods, latency, grain, overall } = board;
  const [drawn, setDrawn] = useState({ traces: [], more: {} });
  useEffect(() => setDrawn({
    traces: [["p50", "half"], ["p95", "95 %"], ["p99", "99 %"]].map(([name, word], at) => ({
      type: "scatter", mode: "lines+markers", x: periods, y: latency.map((one) => (one[name] === null ? null : one[name] / 1000)), name: word, whose: undefined,
      customdata: latency.map((one) => took(one[name])), line: { color: COLOURS[[0, 1, 5][at]], dash: DASHES[at], width: 2 }, marker: { size: 5, symbol: ["circle", "square", "diamond"][at] },
      hovertemplate: "%{customdata}<extra>%{fullData.name}</extra>",
    })),
    more: { hovermode: "x unified", yaxis: { ticksuffix: " s" } },
  }), [board]);
  return (
    <Panel id="speed" title="How long answers took" sub={`Half came within ${took(overall.p50)}, 95 of a hundred within ${took(overall.p95)}, 99 within ${took(overall.p99)}; to within a quarter.`}>
      <Plot label="Latency by period" traces={drawn.traces} more={drawn.more} onPoint={(at) => onPoint(at, undefined)} />
      <ul className="loom-chart-key"><li>solid: half of them</li><li>dashed: 95 %</li><li>dotted: 99 %</li></ul>
      <Behind head={["From (UTC)", "Half", "95 %", "99 %"]} rows={periods.map((period, at) => [moment(period, grain), took(latency[at].p50), took(latency[at].p95), took(latency[at].p99)])} />
    </Panel>
  );
}

const KINDS = [["Input", (one, at) => one.tokens_input[at] - one.tokens_cached[at]], ["Cached input", (one, at) => one.tokens_cached[at]], ["Output", (one, at) => one.tokens_output[at] - one.tokens_reasoning[at]], ["Reasoning", (one, at) => one.tokens_reasoning[at]]];

export function Tokens({ board, onPoint }) {
  const { periods, series, grain } = board;
  const sum = (of, at) => series.reduce((total, one) => total + of(one, at), 0);
  const [drawn, setDrawn] = useState({ traces: [], more: {} });
  useEffect(() => setDrawn({
    traces: KINDS.map(([name, of], at) => ({
      type: "bar", x: periods, y: periods.map((_, place) => sum(of, place)), name, width: periods.map(() => LONG[grain] * 0.86), offset: 0,
      customdata: periods.map((_, place) => short(sum(of, place))), marker: { color: COLOURS[at], pattern: { ...PATTERN, shape: PATTERNS[at] } }, hovertemplate: "%{customdata}<extra>%{fullData.name}</extra>",
    })),
    more: { barmode: "stack", hovermode: "closest" },
  }), [board]);
  return (
    <Panel id="tokens" title="Kinds of tokens" sub="Cached ones are part of the input and those of reasoning part of the output; none is counted twice.">
      <Plot label="Tokens by kind" traces={drawn.traces} more={drawn.more} onPoint={(at) => onPoint(at, undefined)} />
      <Key names={KINDS.map(([name]) => name)} />
      <Behind head={["From (UTC)", ...KINDS.map(([name]) => name)]} rows={periods.map((period, at) => [moment(period, grain), ...KINDS.map(([, of]) => whole(sum(of, at)))])} />
    </Panel>
  );
}

// Calls by day of the week and hour: a table whose cells are the chart.
export function Week({ hours }) {
  const most = Math.max(1, ...hours);
  return (
    <Panel id="week" title="When calls are made" sub="Calls by day of the week and hour, in UTC. The darker, the more.">
      <div className="loom-scroll" tabIndex={0}>
        <table className="loom-heat">
          <thead><tr><th scope="col"><span className="loom-unseen">Day</span></th>{Array.from({ length: 24 }, (_, hour) => <th key={hour} scope="col">{hour}</th>)}</tr></thead>
          <tbody>
            {DAYS.map((day, row) => (
              <tr key={day}>
                <th scope="row">{day}</th>
                {hours.slice(row * 24, row * 24 + 24).map((many, hour) => <td key={hour} data-heat={many === 0 ? 0 : 1 + Math.min(8, Math.floor((many / most) * 8.999))} title={`${day} ${hour}:00 UTC: ${whole(many)} calls`}><span className="loom-unseen">{whole(many)}</span></td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

export function Whose({ title, parts, total, chosen, onPick }) {
  const [all, setAll] = useState(false);
  const shown = all ? parts : parts.slice(0, 8);
  return (
    <section className="loom-panel loom-chart-panel" aria-label={`By ${title.toLowerCase()}`}>
      <h2>{title}</h2>
      {parts.length === 0 && <p className="loom-empty">No calls.</p>}
      {parts.length > 0 && (
        <div className="loom-scroll" tabIndex={0}>
          <table className="loom-table loom-whose">
            <thead><tr><th scope="col">{title}</th><th scope="col">Cost</th><th scope="col">Part</th><th scope="col">Calls</th><th scope="col">Tokens</th><th scope="col">Mean time</th><th scope="col">Failed</th></tr></thead>
            <tbody>
              {shown.map((one) => (
                <tr key={one.whose}>
                  <th scope="row">{one.whose ? <button type="button" className="loom-plain" aria-pressed={chosen === one.whose} title={one.whose} onClick={() => onPick(chosen === one.whose ? "" : one.whose)}>{one.name}</button> : <span className="loom-quiet">none</span>}</th>
                  <td className="is-end" title={MEASURES.cost.exact(one.cost_micros)}>{one.unpriced > 0 && !one.cost_micros ? "unpriced" : MEASURES.cost.told(one.cost_micros)}{one.unpriced > 0 && one.cost_micros > 0 && <span className="loom-quiet"><br />+ {whole(one.unpriced)} unpriced</span>}</td>
                  <td><progress max={Math.max(1, total.cost_micros || total.requests)} value={total.cost_micros ? one.cost_micros : one.requests} aria-label={`${one.name || "none"}: part of the ${total.cost_micros ? "cost" : "calls"}`} /></td>
                  <td className="is-end">{whole(one.requests)}</td>
                  <td className="is-end">{short(one.tokens)}</td>
                  <td className="is-end">{took(one.latency_ms)}</td>
                  <td className="is-end" title={`${whole(one.failed)} calls`}>{one.failed > 0 ? percent(one.error_rate) : "0"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {parts.length > 8 && <button type="button" className="loom-button is-small" onClick={() => setAll(!all)}>{all ? "Fewer" : `All ${whole(parts.length)}`}</button>}
    </section>
  );
}
