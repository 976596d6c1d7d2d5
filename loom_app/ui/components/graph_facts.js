// What the graph's drawing and its list both tell of beads and edges.

export const STATUS = {
  open: { mark: "○", word: "Open" },
  in_progress: { mark: "◐", word: "In progress" },
  blocked: { mark: "◇", word: "Blocked" },
  done: { mark: "●", word: "Done" },
};
export const WAITING = { mark: "◌", word: "Waits" };
export const KINDS = { blocks: "before", parent: "parent of", related: "related to" };
export const DRAWN_MOST = 1500;

// The mark and word of where a bead stands; a status of the beads tool goes by its own name.
export function standing(bead) {
  const at = bead.status === "open" && bead.is_blocked ? WAITING : STATUS[bead.status];
  return bead.source_status ? { ...at, word: bead.source_status.replaceAll("_", " ") } : at;
}

export function counted(number, word) {
  return `${number.toLocaleString("en-US")} ${word}${number === 1 ? "" : "s"}`;
}

// Who comes before and after each bead: { before, after, parents, children, related } of ids.
export function neighbours(ids, edges) {
  const found = new Map([...ids].map((id) => [id, { before: [], after: [], parents: [], children: [], related: [] }]));
  const sides = { blocks: ["after", "before"], parent: ["children", "parents"], related: ["related", "related"] };
  for (const { from, to, relationship } of edges) {
    const [ahead, behind] = sides[relationship];
    found.get(from)?.[ahead].push(to);
    found.get(to)?.[behind].push(from);
  }
  return found;
}

// The edges along the critical path: between beads that follow each other on it, and within the families it leads through.
export function criticalEdges(path, edges) {
  const place = new Map(path.map((id, index) => [id, index]));
  const families = new Set(edges.filter((edge) => edge.relationship === "parent").map((edge) => edge.from));
  return new Set(
    edges.filter(({ from, to, relationship }) => {
      if (relationship === "related" || !place.has(from) || !place.has(to)) return false;
      return Math.abs(place.get(from) - place.get(to)) === 1 || families.has(from) || families.has(to);
    }),
  );
}

export function spoken(bead, near, agents) {
  const { word } = standing(bead);
  const said = [`${bead.id}, ${bead.title}`, word, `priority ${bead.priority}`];
  if (bead.assigned_to) said.push(`with ${agents[bead.assigned_to] || bead.assigned_to}`);
  if (near?.before.length) said.push(`comes after ${near.before.join(", ")}`);
  if (near?.after.length) said.push(`comes before ${near.after.join(", ")}`);
  if (near?.parents.length) said.push(`child of ${near.parents.join(", ")}`);
  if (near?.children.length) said.push(`parent of ${counted(near.children.length, "bead")}`);
  return `${said.join(". ")}.`;
}
