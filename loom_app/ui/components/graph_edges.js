// Making and removing dependencies from the graph, each with its way back; a circle that is refused is shown for a while.

import { useCallback, useEffect, useRef, useState } from "react";
import { send } from "./rest.js";
import { refused, told } from "./undo.js";

const CIRCLE_MS = 10000;

const path = ({ to }) => `/api/v1/beads/${encodeURIComponent(to)}/dependencies`;
const make = (edge) => send("POST", path(edge), { depends_on_id: edge.from, type: edge.type, gate: edge.gate });
const end = (edge) => send("DELETE", `${path(edge)}/${encodeURIComponent(edge.from)}`);

// `circle` are the beads of the circle that the last edge would have closed; `load` is called after every change.
export function useEdges(load) {
  const [circle, setCircle] = useState([]);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    if (circle.length === 0) return undefined;
    const over = setTimeout(() => setCircle([]), CIRCLE_MS);
    return () => clearTimeout(over);
  }, [circle]);
  const change = useCallback(async (work, back, edge, text) => {
    try {
      await work(edge);
      setCircle([]);
      told(text, async () => {
        await back(edge);
        latest.current();
      });
      latest.current();
    } catch (error) {
      setCircle(error.problem?.cycle || []);
      refused(error);
    }
  }, []);
  const onLink = useCallback((from, to) => change(make, end, { from, to, type: "blocks", gate: "" }, `${to} now waits for ${from}.`), [change]);
  const onUnlink = useCallback((edge) => change(end, make, edge, `${edge.to} no longer depends on ${edge.from}.`), [change]);
  return { circle, onLink, onUnlink };
}
