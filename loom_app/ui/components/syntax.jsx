// Colours for code. The highlighter is fetched when code is first shown, and only paints what is done in a moment.

import { useCallback, useEffect, useState } from "react";
import "./syntax.css";

const MOST = 120000; // characters; painting more would hold up the page
const CALLED = {
  conf: "ini", cfg: "ini", editorconfig: "ini", gitconfig: "ini", jsonl: "json", geojson: "json", pyi: "python", pyw: "python",
  mts: "typescript", cts: "typescript", svelte: "xml", vue: "xml", bashrc: "bash", zshrc: "bash", profile: "bash", ksh: "bash",
  gnumakefile: "makefile", rakefile: "ruby", gemfile: "ruby",
};
const PLAIN = new Set(["txt", "text", "log", "csv", "tsv", "lock"]);

let highlighter = null;
let fetching = null;

async function fetched() {
  fetching ||= import("lowlight").then(({ common, createLowlight }) => {
    highlighter = createLowlight(common);
  });
  try {
    await fetching;
  } catch {
    fetching = null; // without colours until the next file
  }
}

// What language a file is written in as its name tells, "" for none.
function languageOf(path) {
  const name = path.split("/").pop().toLowerCase();
  const ending = name.slice(name.lastIndexOf(".") + 1);
  return PLAIN.has(ending) ? "" : CALLED[ending] || ending;
}

// The tree of the highlighter as lines of [class, text].
function lines(tree) {
  const found = [[]];
  const walk = (node, kind) => {
    if (node.type === "text") {
      node.value.split("\n").forEach((text, at) => {
        if (at > 0) found.push([]);
        if (text) found[found.length - 1].push([kind, text]);
      });
    }
    for (const child of node.children || []) walk(child, child.properties?.className?.join(" ") || kind);
  };
  walk(tree, "");
  return found;
}

// A function from a text of that file to its lines as [class, text], or null where it is to be shown plain.
export function usePaint(path) {
  const language = languageOf(path);
  const [ready, setReady] = useState(highlighter !== null);
  useEffect(() => {
    if (!language || ready) return undefined;
    let gone = false;
    fetched().then(() => gone || setReady(highlighter !== null));
    return () => {
      gone = true;
    };
  }, [language, ready]);
  return useCallback((text) => (ready && text.length <= MOST && language && highlighter.registered(language) ? lines(highlighter.highlight(language, text)) : null), [ready, language]);
}

// One line: painted where `parts` has its colours, else plain.
export function Painted({ parts, text }) {
  if (!parts) return text || " ";
  return parts.length === 0 ? " " : parts.map(([kind, part], at) => (kind ? <span key={at} className={kind}>{part}</span> : part));
}
