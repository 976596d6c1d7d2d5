// Two texts beside each other, and diffs as git writes them.

import { diffWordsWithSpace } from "diff";

export function Diff({ text }) {
  if (!text) return <p className="loom-quiet">No change.</p>;
  const kind = (line) => {
    if (line.startsWith("+++") || line.startsWith("---") || line.startsWith("diff ") || line.startsWith("index ")) return "file";
    if (line.startsWith("@@")) return "place";
    if (line.startsWith("+")) return "added";
    return line.startsWith("-") ? "removed" : "same";
  };
  return (
    <pre className="loom-code loom-diff is-tall" tabIndex={0} aria-label="Diff">
      {text.split("\n").map((line, index) => (
        <span key={index} className={`is-${kind(line)}`}>{line + "\n"}</span>
      ))}
    </pre>
  );
}

const LONGEST = 40000; // comparing longer texts word by word would hold up the page

// What became of a text: words that went struck through, new ones marked.
export function Words({ from, to, label }) {
  const before = String(from ?? ""), after = String(to ?? "");
  const parts = before.length + after.length > LONGEST ? [{ removed: true, value: before }, { added: true, value: after }] : diffWordsWithSpace(before, after);
  return (
    <div className="loom-words" tabIndex={0} role="group" aria-label={label || "What changed"}>
      {parts.map((part, index) => (part.added ? <ins key={index}>{part.value}</ins> : part.removed ? <del key={index}>{part.value}</del> : <span key={index}>{part.value}</span>))}
    </div>
  );
}
