// The board: columns and lanes of beads, loaded in one answer, kept live, moved by mouse, finger or keys.

import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { isNarrowed, queryOf, readAddress, useAddress } from "./board_address.js";
import { Bar } from "./board_bar.jsx";
import { useBeads } from "./board_beads.js";
import { useChanges } from "./board_changing.js";
import { Columns } from "./board_columns.jsx";
import { besides, useCursor } from "./board_cursor.js";
import { useDragging } from "./board_drag.js";
import { Filters, NOTHING_NARROWED } from "./board_filters.jsx";
import { Glance } from "./board_glance.jsx";
import { Help } from "./board_help.jsx";
import { useKeys } from "./board_keys.js";
import { arrange, COLUMNS, holderOf, laneChange, peopleOf, placed, whereIs } from "./board_layout.js";
import { Notice } from "./board_notice.jsx";
import { useFound } from "./board_search.js";
import { useTouch } from "./board_touch.js";
import { openingView, savedViews, Views } from "./board_views.jsx";
import { letterScale, useWindow } from "./board_window.js";
import { Early } from "./closing.jsx";
import { get, send } from "./rest.js";

// Most look at the board without opening a bead: what that takes is fetched when it is needed.
const BeadPanel = lazy(() => import("./bead_panel.jsx").then((found) => ({ default: found.BeadPanel })));
const NOTHING = { cards: new Map(), above: {}, columns: {}, left_out: 0, wip_limits: {}, projects: [], agents: [] };
const same = (one, other) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

// Who looks, as beads may name them.
function useMe(name, wanted) {
  const [id, setId] = useState("");
  useEffect(() => {
    if (wanted && !id) get("/api/v1/auth/me").then(({ body }) => setId(body.id), () => {});
  }, [wanted, id]);
  return useMemo(() => [name, id].filter(Boolean), [name, id]);
}

function useViews(address, change) {
  const [views, setViews] = useState([]);
  const reload = useCallback(() => savedViews().then((found) => (setViews(found), found), () => []), []);
  const apply = useCallback((view) => change({ ...readAddress(`?${view.query}`), project: view.project_id || readAddress(`?${view.query}`).project, view: view.id, bead: "" }), [change]);
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    const first = { ...address };
    reload().then((found) => {
      const bare = !queryOf({ ...first, project: "" }) && !first.view;
      const wanted = bare ? openingView(found, first.project) : !queryOf(first) && found.find((view) => view.id === first.view);
      if (wanted) change({ ...readAddress(`?${wanted.query}`), project: wanted.project_id || first.project, view: wanted.id, bead: first.bead }, true);
    });
  }, [address, change, reload]);
  return { views, reload, apply };
}

export function Board({ events, told, since, mayWrite, mayLimit, me }) {
  const [address, setAddress] = useAddress();
  const beads = useBeads({ events, told, since, project: address.project, done: address.done });
  const { board, cards, fault, load } = beads;
  const known = board || NOTHING;
  const people = useMemo(() => peopleOf(known.agents), [known.agents]);
  const mine = useMe(me, Boolean(address.mine));
  const found = useFound(address.q, address.project);
  const facts = useMemo(
    () => ({ cards: cards || NOTHING.cards, above: known.above, people, me: mine, matches: found.ids }),
    [cards, known.above, people, mine, found.ids],
  );
  const views = useViews(address, setAddress);
  const { notice, setNotice, change, early } = useChanges(beads, people.names);
  const [folded, setFolded] = useState(() => new Set());
  const [dragging, setDragging] = useState(false);
  const [lift, setLift] = useState(null);
  const [making, setMaking] = useState(null);
  const [peeking, setPeeking] = useState(false);
  const [helping, setHelping] = useState(false);
  const kept = useRef(new Map());
  const shown = useRef(null);
  const fields = { search: useRef(null), assign: useRef(null), priority: useRef(null) };
  const { scroller, range } = useWindow();

  const lanes = useMemo(() => arrange(facts, address, kept.current), [facts, address]);
  const placing = useMemo(() => placed(lanes, folded, letterScale()), [lanes, folded]);
  // What lies under a card that is being carried must not move: news show when it is dropped.
  if (!(dragging || lift) || !shown.current) shown.current = placing;
  const cursor = useCursor(shown.current, scroller, mayWrite, lift, setLift);
  const { here, selected, going, letGo } = cursor;

  const put = useCallback(
    (ids, place) =>
      change(ids, (card) => {
        const lane = whereIs(shown.current, card.id);
        const moved = lane && shown.current.bands[lane.band].key !== place.lane ? laneChange(address.lanes, place.lane) : {};
        const fresh = Object.fromEntries(Object.entries(moved).filter(([name, value]) => !same(card[name], value)));
        return place.status === card.status ? fresh : { ...fresh, status: place.status };
      }),
    [change, address.lanes],
  );
  const onStart = useCallback(() => setDragging(true), []);
  const onDrop = useCallback((ids, place) => {
    setDragging(false);
    if (place) put(ids, place);
  }, [put]);
  useDragging(scroller, onStart, onDrop);
  useTouch(scroller, {
    pick: cursor.pick,
    over: (place) => setLift((held) => held && { ...held, ...(place || { status: "" }) }),
    drop: (ids, place) => {
      letGo(place ? `${ids.join(", ")} dropped.` : "Nothing was moved.");
      if (place) put(ids, place);
    },
  });

  const open = useCallback((id) => id && (setPeeking(false), setAddress({ bead: id })), [setAddress]);
  const acts = useMemo(
    () => ({
      dragged: going,
      focused: cursor.setHere,
      clicked: (id, event) => {
        if (event.shiftKey) cursor.selectTo(id);
        else if (event.ctrlKey || event.metaKey) cursor.toggle(id);
        else open(id);
      },
    }),
    [going, open, cursor.setHere, cursor.selectTo, cursor.toggle],
  );
  const ofAll = (wanted) => change([...selected], wanted);
  const choose = (field) => () => {
    if (!mayWrite || (selected.size === 0 && !here)) return false;
    if (selected.size === 0) cursor.setSelected(new Set([here]));
    setTimeout(() => fields[field].current?.focus());
    return true;
  };
  const begin = (status, lane) => mayWrite && setMaking({ status, lane });
  const close = () => {
    setAddress({ bead: "" });
    cursor.goTo(address.bead);
  };
  const beside = (down) => {
    const other = besides(placing, address.bead, down);
    return other ? () => (cursor.setHere(other), setAddress({ bead: other }, true)) : undefined;
  };
  const leave = () => {
    if (lift) letGo(`${lift.id} stays where it was.`);
    else if (peeking) setPeeking(false);
    else if (address.bead) close();
    else if (selected.size > 0) cursor.clear();
    else return false;
    return true;
  };
  useKeys(
    {
      go: cursor.go, extend: cursor.extend, carry: cursor.carry, lift: cursor.pickUp, selectAll: cursor.selectAll, leave,
      drop: () => {
        letGo(`${lift.id} dropped.`);
        put(lift.ids, lift);
      },
      open: () => (here ? open(here) : false),
      peek: () => (here ? setPeeking(!peeking) : false),
      select: () => (here ? cursor.toggle(here) : false),
      assign: choose("assign"), priority: choose("priority"),
      make: () => {
        const at = whereIs(placing, here);
        return begin(at ? COLUMNS[at.column].status : "open", at ? placing.bands[at.band].key : placing.bands[0]?.key || "");
      },
      search: () => fields.search.current?.focus(),
      help: () => setHelping(true),
    },
    lift,
  );

  const make = async (wanted, place) => {
    const lane = laneChange(address.lanes, place.lane);
    const { body } = await send("POST", "/api/v1/beads", { ...wanted, ...lane });
    beads.ask([body.id]);
    if (place.status === "open") return `${body.id} is on the board.`;
    try {
      await send("PATCH", `/api/v1/beads/${encodeURIComponent(body.id)}`, { status: place.status });
    } catch (error) {
      throw new Error(`${body.id} was made and stays in Open: ${error.message}`);
    }
    return `${body.id} is on the board.`;
  };

  const rows = useMemo(() => [...facts.cards.values()], [facts.cards]);
  const types = useMemo(() => [...new Set(rows.map((card) => card.type))].sort().map((type) => [type, type]), [rows]);
  const tags = useMemo(() => [...new Set(rows.flatMap((card) => card.tags))].sort(), [rows]);
  const holders = useMemo(
    () => [...new Set(rows.map((card) => holderOf(card, people)).filter(Boolean))].map((id) => [id, people.names.get(id) || id]).sort((one, other) => one[1].localeCompare(other[1])),
    [rows, people],
  );
  const totals = useMemo(() => {
    const counted = Object.fromEntries(COLUMNS.map(({ status }) => [status, 0]));
    for (const card of rows) counted[card.status] += 1;
    return { ...counted, done: counted.done + known.left_out };
  }, [rows, known.left_out]);
  const projects = useMemo(() => known.projects.map(({ id, name }) => [id, name]), [known.projects]);
  const project = address.project || (projects.length === 1 ? projects[0][0] : "");
  const assignable = [["-", "Nobody"], ...(me ? [[me, "Me"]] : []), ...known.agents.map(({ id, name }) => [id, name])];
  const look = useMemo(() => ({ ...cursor.look, fixed: !mayWrite, narrowed: isNarrowed(address) }), [cursor.look, mayWrite, address]);
  const fold = useCallback((key) => setFolded((before) => new Set(before.has(key) ? [...before].filter((one) => one !== key) : [...before, key])), []);
  const versionOf = (id) => facts.cards.get(id)?.updated_at || "";

  if (fault && !board)
    return (
      <div className="loom-fault" role="alert">
        <p>The board could not be loaded: {fault}</p>
        <button type="button" onClick={() => load()}>Try again</button>
      </div>
    );

  return (
    <div className={`loom-board${address.bead ? " has-side" : ""}`} data-loaded={board ? "yes" : "no"}>
      <Filters view={address} change={setAddress} search={fields.search} projects={projects} types={types} holders={holders} tags={tags} found={found}>
        <Views views={views.views} reload={views.reload} view={address} projects={projects} mayShare={mayWrite} onApply={views.apply} />
        <button type="button" className="loom-button is-plain" aria-label="Keys of the board" title="Keys (?)" onClick={() => setHelping(true)}>?</button>
      </Filters>
      {board && rows.length === 0 && (
        <p className="loom-hint">No beads yet.{mayWrite && <> Create one with New bead, or bring them in with <code>loom beads import</code>.</>}</p>
      )}
      {fault && board && <p className="loom-fault-line" role="alert">What shows may be out of date: {fault} <button type="button" className="loom-button" onClick={() => load()}>Try again</button></p>}
      <div className="loom-board-split">
        <Columns
          placing={shown.current}
          range={range}
          scroller={scroller}
          view={address}
          totals={totals}
          limits={known.wip_limits[project] || {}}
          facts={facts}
          look={look}
          acts={acts}
          loading={!board}
          lift={lift}
          tools={{
            mayWrite, mayLimit, project, projects, projectName: projects.find(([id]) => id === project)?.[1] || project,
            begin, making, make, end: () => setMaking(null), fold, firstLane: placing.bands[0]?.key || "",
          }}
        />
        {address.bead && (
          <Suspense fallback={<div className="loom-skeleton is-page" aria-label="Loading" />}>
            <BeadPanel id={address.bead} events={events} since={since} mayWrite={mayWrite} onClose={close} onOpen={(bead) => setAddress({ bead })} onPrevious={beside(-1)} onNext={beside(1)} />
          </Suspense>
        )}
      </div>
      {known.left_out > 0 && !address.done && (
        <p className="loom-quiet">{known.left_out.toLocaleString()} beads that were finished earlier are left out. <button type="button" className="loom-button" onClick={() => setAddress({ done: "all" })}>Show them too</button></p>
      )}
      {board && rows.length > 0 && isNarrowed(address) && placing.bands.every((band) => COLUMNS.every(({ status }) => band.cells[status].cards.length === 0)) && (
        <p className="loom-hint">No bead fits the filter. <button type="button" className="loom-button" onClick={() => setAddress(NOTHING_NARROWED)}>Show all</button></p>
      )}
      {peeking && here && <Glance id={here} version={versionOf(here)} />}
      {selected.size > 0 && mayWrite && (
        <Bar
          count={selected.size}
          people={assignable}
          assign={fields.assign}
          priority={fields.priority}
          onMove={(status) => ofAll((card) => (card.status === status ? null : { status }))}
          onAssign={(who) => ofAll((card) => (holderOf(card, people) === who ? null : { assigned_to: who }))}
          onPriority={(priority) => ofAll((card) => (card.priority === priority ? null : { priority }))}
          onTag={(tag, adding) =>
            change([...selected], (card) => (card.tags.includes(tag) === adding ? null : { tags: adding ? [...card.tags, tag] : card.tags.filter((one) => one !== tag) }), {
              [adding ? "add_tags" : "remove_tags"]: [tag],
            })
          }
          onClear={cursor.clear}
        />
      )}
      <Notice notice={notice} onDismiss={() => setNotice(null)} />
      <Early {...early} onClose={() => (early.onClose(), cursor.goTo(here))} />
      <Help open={helping} onClose={() => setHelping(false)} />
      <p className="loom-unseen" aria-live="assertive">{cursor.announced}</p>
    </div>
  );
}
