// Where each bead of the graph is drawn. Runs as a worker, so that the page stays quick while hundreds are arranged.

import dagre from "@dagrejs/dagre";

const BETWEEN = 28; // pixels between beads side by side
const RANKS = 72; // pixels between what comes first and what comes after it
const APART = 64; // pixels between groups that have no edge between them
const ASPECT = 1.7; // width to height of the whole

// Beads by group: those of a group are joined by edges, those of two groups are not.
function groups(ids, edges) {
  const above = new Map(ids.map((id) => [id, id]));
  const root = (id) => {
    let at = id;
    while (above.get(at) !== at) at = above.get(at);
    for (let each = id; above.get(each) !== at; ) [each] = [above.get(each), above.set(each, at)];
    return at;
  };
  for (const [from, to] of edges) above.set(root(from), root(to));
  const found = new Map();
  for (const id of ids) {
    const group = root(id);
    if (!found.has(group)) found.set(group, { ids: [], edges: [] });
    found.get(group).ids.push(id);
  }
  for (const edge of edges) found.get(root(edge[0])).edges.push(edge);
  return [...found.values()];
}

function arranged(group, { down, width, height }) {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: down ? "TB" : "LR", ranker: "tight-tree", nodesep: BETWEEN, ranksep: RANKS });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of group.ids) graph.setNode(id, { width, height });
  for (const [from, to] of group.edges) graph.setEdge(from, to);
  dagre.layout(graph);
  const corner = (id) => {
    const { x, y } = graph.node(id);
    return [x - width / 2, y - height / 2];
  };
  const bends = (edge) => graph.edge(...edge).points.slice(1, -1).map(({ x, y }) => [x, y]);
  return {
    width: graph.graph().width, height: graph.graph().height,
    places: group.ids.map((id) => [id, ...corner(id)]),
    routes: group.edges.map((edge) => [edge.join(" "), bends(edge)]),
  };
}

function gridded(ids, across, { width, height }) {
  const columns = Math.max(1, Math.floor((across + BETWEEN) / (width + BETWEEN)));
  return ids.map((id, index) => [id, (index % columns) * (width + BETWEEN), Math.floor(index / columns) * (height + BETWEEN)]);
}

// Groups in rows, the largest first; below them, close together, the beads that have no edge at all.
function packed(blocks, singles, size) {
  const area = blocks.reduce((sum, block) => sum + (block.width + APART) * (block.height + APART), 0);
  const alone = singles.length * (size.width + BETWEEN) * (size.height + BETWEEN);
  const across = Math.max(Math.sqrt((area + alone) * ASPECT), ...blocks.map((block) => block.width), size.width);
  const [places, routes] = [{}, {}];
  let [x, y, tallest] = [0, 0, 0];
  for (const block of blocks.sort((one, other) => other.height - one.height)) {
    if (x > 0 && x + block.width > across) [x, y, tallest] = [0, y + tallest + APART, 0];
    for (const [id, left, top] of block.places) places[id] = [x + left, y + top];
    for (const [edge, bends] of block.routes) routes[edge] = bends.map(([left, top]) => [x + left, y + top]);
    x += block.width + APART;
    tallest = Math.max(tallest, block.height);
  }
  const below = tallest ? y + tallest + APART : 0;
  for (const [id, left, top] of gridded(singles, across, size)) places[id] = [left, below + top];
  return { places, routes };
}

self.onmessage = ({ data }) => {
  const found = groups(data.ids, data.edges);
  const blocks = found.filter((group) => group.ids.length > 1).map((group) => arranged(group, data));
  const singles = found.filter((group) => group.ids.length === 1).map((group) => group.ids[0]);
  self.postMessage({ turn: data.turn, ...packed(blocks, singles, data) });
};
