// Places for the beads of the graph, found by a worker, anew only when the beads or edges there are have changed.

import { useEffect, useMemo, useRef, useState } from "react";

export const SIZE = { width: 216, height: 76 };

// The worker; made before there is anything to arrange, so that it is ready when there is.
export function useArranger() {
  const [worker] = useState(() => new Worker(new URL("./graph_layout.js", import.meta.url), { type: "module" }));
  useEffect(() => () => worker.terminate(), [worker]);
  return worker;
}

// {places: {id: [x, y]}, routes: {"from to": [[x, y], …]}, turn, fault}; `places` is null until the first are there.
export function usePlaces(worker, ids, edges, down) {
  const [result, setResult] = useState({ places: null, routes: {}, turn: 0, fault: "" });
  const turn = useRef(0);
  const structure = useMemo(() => JSON.stringify([ids, edges.map(({ from, to }) => [from, to]), down]), [ids, edges, down]);
  useEffect(() => {
    const arrived = ({ data }) => {
      if (data.turn === turn.current) setResult({ ...data, fault: "" });
    };
    const failed = () => setResult((before) => ({ ...before, fault: "The graph could not be arranged. The list shows the same beads." }));
    worker.addEventListener("message", arrived);
    worker.addEventListener("error", failed);
    return () => {
      worker.removeEventListener("message", arrived);
      worker.removeEventListener("error", failed);
    };
  }, [worker]);
  useEffect(() => {
    const [nodes, pairs, downwards] = JSON.parse(structure);
    turn.current = nextTurn();
    worker.postMessage({ turn: turn.current, ids: nodes, edges: pairs, down: downwards, ...SIZE });
  }, [worker, structure]);
  return result;
}

let turns = 0;
function nextTurn() {
  turns += 1;
  return turns;
}
