// What helps to answer a decision: a diff, a command and what it printed, what it has cost so far, and whatever else.

import { Diff } from "./diff.jsx";
import { dollars } from "./rest.js";

const KNOWN = { cost_micros: "Cost so far", turns: "Turns so far", command: "Command", reason: "Why the agent wants it", risk_class: "Risk", patterns: "What “always” would let run: all that begins with", output: "What it printed", diff: "What was changed" };

// Nothing to read for people.
const HIDDEN = new Set(["digest", "used_by"]);

function Shown({ name, value }) {
  if (name === "diff") return <Diff text={String(value)} />;
  if (name === "cost_micros") return <p>{value === null || typeof value === "number" ? dollars(value) : String(value)}</p>;
  if (typeof value === "number" || typeof value === "boolean") return <p>{String(value)}</p>;
  if (name === "patterns" && Array.isArray(value)) return <pre className="loom-code" tabIndex={0} aria-label={KNOWN[name]}>{value.join("\n")}</pre>;
  return <pre className="loom-code" tabIndex={0} aria-label={KNOWN[name] || name}>{typeof value === "string" ? value : JSON.stringify(value, null, 2)}</pre>;
}

const order = ([name]) => (name in KNOWN ? Object.keys(KNOWN).indexOf(name) : 9);

export function Context({ context }) {
  const parts = Object.entries(context).filter(([name, value]) => value !== "" && value !== null && !HIDDEN.has(name)).sort((one, other) => order(one) - order(other));
  if (parts.length === 0) return null;
  return (
    <section className="loom-context" aria-label="What helps to answer">
      {parts.map(([name, value]) => (
        <details key={name} open={name !== "diff" || String(value).length < 4000} className={typeof value === "number" ? "is-short" : ""}>
          <summary>{KNOWN[name] || name.replaceAll("_", " ")}</summary>
          <Shown name={name} value={value} />
        </details>
      ))}
    </section>
  );
}
