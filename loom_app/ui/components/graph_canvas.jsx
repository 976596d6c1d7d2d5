// The drawing of the work graph: beads as boxes, edges by kind, the critical path on top; walked by mouse, touch or keys.

import { memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { BaseEdge, Controls, getBezierPath, Handle, MarkerType, MiniMap, Panel, Position, ReactFlow, ReactFlowProvider, useReactFlow, useStore } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { counted, criticalEdges, KINDS, neighbours, spoken, standing } from "./graph_facts.js";
import { SIZE, usePlaces } from "./graph_places.js";

const WORDS = 0.4; // a smaller zoom leaves the words out
const READABLE = 0.6;
const NEAR = 0.85; // the zoom one begins with where the whole would be too small to read
const MARGIN = 40;
const PANEL = 680; // how much of the window the panel of an open bead covers
const MAPPED = 60; // how many beads it takes for a small map of the whole
const WALK = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

const Bead = memo(function Bead({ data }) {
  const { bead, agent, looks, down, mayWrite } = data;
  const { mark, word } = standing(bead);
  return (
    <div className={`loom-node is-${bead.status}${looks}`} data-bead={bead.id}>
      <Handle type="target" position={down ? Position.Top : Position.Left} isConnectable={mayWrite} />
      <p><span className="loom-id">{bead.id}</span><span className={`loom-priority p${bead.priority}`}>P{bead.priority}</span></p>
      <strong>{bead.title}</strong>
      <p><span className="loom-node-status"><span aria-hidden="true">{mark}</span> {word}</span>{agent && <span className="loom-node-agent">{agent}</span>}</p>
      <Handle type="source" position={down ? Position.Bottom : Position.Right} isConnectable={mayWrite} />
    </div>
  );
});
const NODE_TYPES = { bead: Bead };

// A line from bead to bead, around what lies between them.
const Route = memo(function Route({ id, data, markerEnd, interactionWidth, ...ends }) {
  const bends = data.bends || [];
  let path = bends.length > 1 ? `M${ends.sourceX},${ends.sourceY}` : getBezierPath(ends)[0];
  if (bends.length > 1) {
    const last = bends.length - 1;
    bends.forEach(([x, y], index) => {
      const end = index === last ? [ends.targetX, ends.targetY] : [(x + bends[index + 1][0]) / 2, (y + bends[index + 1][1]) / 2];
      path += `Q${x},${y} ${end}`;
    });
  }
  return <BaseEdge id={id} path={path} markerEnd={markerEnd} interactionWidth={interactionWidth} />;
});
const EDGE_TYPES = { route: Route };
const COLORS = "loom-graph-colors"; // any word but light and dark: those classes would bring Loom's other colours with them
const LABELS = {
  "controls.ariaLabel": "Zoom", "controls.zoomIn.ariaLabel": "Zoom in", "controls.zoomOut.ariaLabel": "Zoom out",
  "controls.fitView.ariaLabel": "Show the whole graph", "minimap.ariaLabel": "The whole graph, small",
};

function useNodes(beads, places, { agents, critical, circle, current, opened, linking, down, mayWrite }) {
  const kept = useRef(new Map());
  return useMemo(() => {
    const before = kept.current;
    kept.current = new Map();
    for (const bead of beads) {
      const place = places?.[bead.id];
      if (!place) continue;
      const marks = { "is-critical": critical.has(bead.id), "is-refused": circle.includes(bead.id), "is-current": bead.id === current, "is-shown": bead.id === opened, "is-linking": bead.id === linking };
      const looks = Object.keys(marks).filter((name) => marks[name]).map((name) => ` ${name}`).join("");
      const agent = agents[bead.assigned_to] || bead.assigned_to;
      const says = [place, looks, agent, down, mayWrite, standing(bead).word, bead.status, bead.priority, bead.title].join("|");
      const old = before.get(bead.id);
      kept.current.set(bead.id, old?.says === says ? old : { says, node: node(bead, place, { bead, agent, looks, down, mayWrite }) });
    }
    return [...kept.current.values()].map((each) => each.node);
  }, [beads, places, agents, critical, circle, current, opened, linking, down, mayWrite]);
}

function node(bead, [x, y], data) {
  const middle = { x: SIZE.width / 2, y: SIZE.height / 2 };
  const ends = data.down
    ? [{ type: "target", position: Position.Top, x: middle.x, y: 0 }, { type: "source", position: Position.Bottom, x: middle.x, y: SIZE.height }]
    : [{ type: "target", position: Position.Left, x: 0, y: middle.y }, { type: "source", position: Position.Right, x: SIZE.width, y: middle.y }];
  return {
    id: bead.id, type: "bead", position: { x, y }, data, ...SIZE, measured: SIZE, handles: ends.map((end) => ({ width: 1, height: 1, ...end })),
    draggable: false, connectable: data.mayWrite, focusable: false, selectable: false,
  };
}

function drawn(edge, { critical, refused, chosen, routes }) {
  const looks = [`is-${edge.relationship}`, critical.has(edge) && "is-critical", refused(edge) && "is-refused", chosen === edge.id && "is-chosen"].filter(Boolean);
  return {
    id: edge.id, type: "route", data: { bends: routes[`${edge.from} ${edge.to}`] }, source: edge.from, target: edge.to, className: looks.join(" "), focusable: false, selectable: false, interactionWidth: 18,
    zIndex: looks.length > 1 ? 1 : 0,
    markerEnd: edge.relationship === "blocks" ? { type: MarkerType.ArrowClosed, width: 16, height: 16, color: `var(--${critical.has(edge) ? "accent" : "faint"})` } : undefined,
  };
}

// The bead next to `from` in a direction: along an edge where one leads there, else the nearest that lies there.
function next(from, direction, places, near, down) {
  const at = places[from];
  if (!at) return null;
  const along = down ? direction[1] : direction[0];
  const around = near.get(from);
  const joined = along > 0 ? [...around.after, ...around.children] : along < 0 ? [...around.before, ...around.parents] : [];
  const linked = joined.filter((id) => places[id]);
  const candidates = linked.length > 0 ? linked : along ? [] : Object.keys(places).filter((id) => id !== from);
  let [best, least] = [null, Infinity];
  for (const id of candidates) {
    const [dx, dy] = [places[id][0] - at[0], places[id][1] - at[1]];
    const ahead = direction[0] * dx + direction[1] * dy;
    const aside = Math.abs(direction[0] * dy) + Math.abs(direction[1] * dx);
    if (linked.length === 0 && ahead <= 0) continue;
    const far = linked.length > 0 ? aside : ahead + aside * 3;
    if (far < least) [best, least] = [id, far];
  }
  return best;
}

function Legend() {
  const kinds = [["blocks", "must be done first"], ["parent", "parent and child"], ["related", "related"], ["blocks is-critical", "critical path"]];
  return (
    <ul className="loom-legend" aria-label="Lines">
      {kinds.map(([kind, word]) => <li key={kind}><span className={`loom-line is-${kind}`} aria-hidden="true" /> {word}</li>)}
    </ul>
  );
}

function Drawing({ arranger, beads, edges, path, agents, down, mayWrite, opened, focus, fitKey, circle, onOpen, onFocus, onLink, onUnlink }) {
  const flow = useReactFlow();
  const frame = useRef(null);
  const ids = useMemo(() => beads.map((bead) => bead.id).sort(), [beads]);
  const { places, routes, turn, fault } = usePlaces(arranger, ids, edges, down);
  const [current, setCurrent] = useState("");
  const [linking, setLinking] = useState("");
  const [chosen, setChosen] = useState("");
  const [said, setSaid] = useState("");
  const near = useMemo(() => neighbours(ids, edges), [ids, edges]);
  const byId = useMemo(() => new Map(beads.map((bead) => [bead.id, bead])), [beads]);
  const critical = useMemo(() => new Set(path), [path]);
  const nodes = useNodes(beads, places, { agents, critical, circle, current, opened, linking, down, mayWrite });
  const lines = useMemo(() => {
    const along = criticalEdges(path, edges);
    const placed = (edge) => places?.[edge.from] && places?.[edge.to];
    const inCircle = (edge) => circle.includes(edge.from) && circle.includes(edge.to);
    return edges.filter(placed).map((edge) => drawn(edge, { critical: along, refused: inCircle, chosen, routes }));
  }, [edges, path, places, routes, circle, chosen]);
  const far = useStore((state) => state.transform[2] < WORDS);
  const picked = edges.find((edge) => edge.id === chosen);
  const arranged = useRef({ places: null, fitKey: null });

  const bring = useCallback(
    (id, zoom) => {
      const place = arranged.current.places?.[id];
      if (place) flow.setCenter(place[0] + SIZE.width / 2, place[1] + SIZE.height / 2, { zoom: zoom || Math.max(flow.getZoom(), READABLE), duration: calm() ? 0 : 160 });
    },
    [flow],
  );

  // A new arrangement begins as a whole if it can be read so, else where the work begins; what changed under the eyes
  // of who looks leaves the bead in the middle where it is.
  useEffect(() => {
    if (!places) return;
    const before = arranged.current;
    arranged.current = { places, fitKey };
    const { width, height } = frame.current.getBoundingClientRect();
    if (before.places && before.fitKey === fitKey) {
      const view = flow.getViewport();
      const middle = [(width / 2 - view.x) / view.zoom, (height / 2 - view.y) / view.zoom];
      const away = ([x, y]) => Math.hypot(x + SIZE.width / 2 - middle[0], y + SIZE.height / 2 - middle[1]);
      const still = Object.keys(places).filter((id) => before.places[id]);
      const anchor = before.places[current] && places[current] ? current : still.sort((one, other) => away(before.places[one]) - away(before.places[other]))[0];
      if (!anchor) return;
      const [dx, dy] = [0, 1].map((axis) => (before.places[anchor][axis] - places[anchor][axis]) * view.zoom);
      if (dx || dy) flow.setViewport({ ...view, x: view.x + dx, y: view.y + dy });
      return;
    }
    const all = Object.values(places);
    if (all.length === 0) return;
    const [left, top] = [0, 1].map((axis) => Math.min(...all.map((place) => place[axis])));
    const [right, bottom] = [0, 1].map((axis) => Math.max(...all.map((place) => place[axis])));
    const zoom = Math.min(1, (width - 2 * MARGIN) / (right + SIZE.width - left), (height - 2 * MARGIN) / (bottom + SIZE.height - top));
    const start = [opened, focus, ...path].find((id) => places[id]);
    if (zoom >= READABLE) {
      flow.setViewport({ zoom, x: (width - (right + SIZE.width + left) * zoom) / 2, y: (height - (bottom + SIZE.height + top) * zoom) / 2 });
    } else if (start) {
      const [x, y] = places[start];
      const middle = { x: width / 2 - (x + SIZE.width / 2) * NEAR, y: height / 2 - (y + SIZE.height / 2) * NEAR };
      flow.setViewport(down ? { zoom: NEAR, x: middle.x, y: MARGIN - y * NEAR } : { zoom: NEAR, x: MARGIN - x * NEAR, y: middle.y });
    } else {
      flow.setViewport({ zoom: NEAR, x: MARGIN - left * NEAR, y: MARGIN - top * NEAR });
    }
  }, [places, fitKey, flow]); // eslint-disable-line

  useEffect(() => {
    const place = arranged.current.places?.[opened];
    const box = frame.current.getBoundingClientRect();
    const free = Math.min(box.width, window.innerWidth - PANEL - box.left);
    if (!place || free < SIZE.width) return;
    const view = flow.getViewport();
    const [left, across] = [place[0] * view.zoom + view.x, SIZE.width * view.zoom];
    if (left >= 0 && left + across <= free) return;
    flow.setViewport({ ...view, x: view.x + (free - across) / 2 - left }, { duration: calm() ? 0 : 160 });
  }, [opened, places, flow]);

  const go = (id) => {
    setCurrent(id);
    bring(id);
    const bead = byId.get(id);
    if (bead) setSaid(spoken(bead, near.get(id), agents));
  };
  const remove = () => {
    setChosen("");
    onUnlink(picked);
  };
  const onKeyDown = (event) => {
    if (event.target !== event.currentTarget || event.altKey || event.ctrlKey || event.metaKey) return;
    const direction = WALK[event.key];
    if (direction) {
      event.preventDefault();
      const to = places && (byId.has(current) ? next(current, direction, places, near, down) : path.find((id) => places[id]) || ids[0]);
      if (to) go(to);
      else setSaid("Nothing lies that way.");
    } else if (event.key === "Enter" && linking && byId.has(current)) {
      event.preventDefault();
      setLinking("");
      if (linking !== current) onLink(linking, current);
    } else if ((event.key === "Enter" || event.key === " ") && byId.has(current)) {
      event.preventDefault();
      onOpen(current);
    } else if (event.key.toLowerCase() === "l" && mayWrite && byId.has(current)) {
      setLinking(current);
      setSaid(`Walk to the bead that is to wait for ${current} and press Enter; Escape leaves it.`);
    } else if ((event.key === "Delete" || event.key === "Backspace") && picked && mayWrite) {
      remove();
    } else if (event.key === "Escape") {
      if (linking || chosen) event.stopPropagation();
      setLinking("");
      setChosen("");
    }
  };
  const onConnectEnd = (event, connection) => {
    const point = event.changedTouches?.[0] || event;
    const under = document.elementFromPoint(point.clientX, point.clientY)?.closest("[data-bead]")?.dataset.bead;
    const [start, other] = [connection.fromNode?.id, connection.toNode?.id || under];
    if (!start || !other || start === other) return;
    if (connection.fromHandle.type === "source") onLink(start, other);
    else onLink(other, start);
  };
  const onNodeClick = useCallback((_, { id }) => {
    setCurrent(id);
    onOpen(id);
    frame.current.focus({ preventScroll: true });
  }, [onOpen]);
  const onEdgeClick = useCallback((_, { id }) => {
    setChosen(id);
    frame.current.focus({ preventScroll: true });
  }, []);

  return (
    <div className={`loom-graph-frame${far ? " is-far" : ""}`} data-arranged={places ? turn : 0}>
      <ReactFlow
        ref={frame} tabIndex={0} onKeyDown={onKeyDown} aria-roledescription="work graph"
        aria-label={`Work graph of ${counted(beads.length, "bead")}. Arrow keys walk along the edges, Enter opens a bead${mayWrite ? ", L makes another bead wait for it" : ""}. The list shows the same.`}
        nodes={nodes} edges={lines} nodeTypes={NODE_TYPES} edgeTypes={EDGE_TYPES} ariaLabelConfig={LABELS} colorMode={COLORS}
        onlyRenderVisibleElements minZoom={0.03} maxZoom={1.6}
        nodesDraggable={false} nodesConnectable={mayWrite} nodesFocusable={false} edgesFocusable={false} elementsSelectable={false} disableKeyboardA11y
        deleteKeyCode={null} selectionKeyCode={null} multiSelectionKeyCode={null} panActivationKeyCode={null}
        connectionRadius={36} onConnectEnd={onConnectEnd} onNodeClick={onNodeClick} onEdgeClick={onEdgeClick} onPaneClick={() => setChosen("")}
      >
        <Controls showInteractive={false} />
        {beads.length > MAPPED && <MiniMap pannable zoomable className="loom-graph-map" nodeClassName={(each) => `is-${each.data.bead.status}${each.data.looks}`} />}
        {byId.has(opened || current) && focus !== (opened || current) && (
          <Panel position="top-left">
            <button type="button" className="loom-button" onClick={() => onFocus(opened || current)}>Only what is around {opened || current}</button>
          </Panel>
        )}
        {picked && (
          <Panel position="top-center" className="loom-graph-edge">
            <span><span className="loom-id">{picked.from}</span> {KINDS[picked.relationship]} <span className="loom-id">{picked.to}</span>{picked.type !== "blocks" && <span className="loom-quiet"> {picked.type}</span>}</span>
            {mayWrite && <button type="button" className="loom-button is-danger" onClick={remove}>Remove</button>}
            <button type="button" className="loom-button is-plain" aria-label="Leave it" onClick={() => setChosen("")}>✕</button>
          </Panel>
        )}
        {linking && <Panel position="top-center" className="loom-graph-edge">Walk to the bead that is to wait for <span className="loom-id">{linking}</span>, then Enter.</Panel>}
      </ReactFlow>
      <Legend />
      {!places && !fault && <p className="loom-graph-wait" role="status">Arranging {counted(beads.length, "bead")}…</p>}
      {fault && <p className="loom-graph-wait" role="alert">{fault}</p>}
      <p className="loom-unseen" role="status">{said}</p>
    </div>
  );
}

export function GraphCanvas(props) {
  return <ReactFlowProvider><Drawing {...props} /></ReactFlowProvider>;
}
