// The bell of every page: how much is new, and the newest few at a click.

import { useCallback, useId, useRef, useState } from "react";
import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { useFresh } from "./fresh.js";
import { counts, listPath, mark, markAllRead, tellChanged, useChanged, useNews, waits } from "./inbox_data.js";
import { get } from "./rest.js";
import { refused } from "./undo.js";
import "./inbox.css";

const FEW = 7;
const MANY = 99;
const PHONE = 760;
let last = { unread: 0, needs_you: 0 }; // so that another page begins with what this one knew

function spoken({ unread, needs_you: needs }) {
  if (unread === 0 && needs === 0) return "Notifications: nothing new";
  return `Notifications: ${unread} unread${needs > 0 ? `, ${needs} ${needs === 1 ? "waits" : "wait"} for you` : ""}`;
}

function Item({ one, onOpen }) {
  return (
    <li className={one.status === "unread" ? "is-unread" : ""} data-told={one.id}>
      <Link to={one.link || "/inbox"} onClick={() => onOpen(one)}>
        <span dir="auto">{one.title}</span>
        <span className="loom-quiet">{waits(one) && <strong>Needs you · </strong>}<Ago at={one.created_at} /></span>
      </Link>
    </li>
  );
}

export function Bell({ events, since }) {
  const [told, setTold] = useState(last);
  const [rows, setRows] = useState(null);
  const [away, setAway] = useState(false);
  const list = useRef(null);
  const open = useRef(false);
  const self = useRef(null); // of this bell: the one of the next page hears what this one did
  const id = useId();
  const work = useCallback(async () => {
    try {
      const body = open.current ? (await get(listPath({ view: "" }, 0, FEW))).body : await counts();
      last = { unread: body.unread, needs_you: body.needs_you };
      setTold(last);
      if (body.notifications) setRows(body.notifications);
      setAway(false);
      return true;
    } catch {
      setAway(true);
      return false;
    }
  }, []);
  const load = useFresh(since, work);
  useNews(events, since, load);
  useChanged(self, load);
  const opened = async (one) => {
    list.current.hidePopover();
    if (one.status !== "unread") return;
    await mark(one.id, "read").catch(refused);
    tellChanged(self);
    load();
  };
  const allRead = async () => {
    await markAllRead().catch(refused);
    tellChanged(self);
    load();
  };
  const onToggle = (event) => {
    open.current = event.newState === "open";
    if (open.current) load();
  };
  const place = (event) => {
    const { bottom, right } = event.currentTarget.getBoundingClientRect();
    list.current.style.top = `${bottom + 6}px`;
    list.current.style.left = window.innerWidth > PHONE ? "12px" : `${Math.max(12, Math.min(right - 200, window.innerWidth - 412))}px`;
  };
  return (
    <>
      <button type="button" className="loom-button is-plain loom-bell" popoverTarget={id} onClick={place} aria-label={spoken(told)} title={spoken(told)}>
        <svg width="18" height="18" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
          <path d="M5 17.5h14l-2-3V10a5 5 0 0 0-10 0v4.5zM10 20.5h4M12 5V3.5" />
        </svg>
        {told.unread > 0 && <span className={`loom-badge${told.needs_you > 0 ? " is-urgent" : ""}`} aria-hidden="true">{told.unread > MANY ? `${MANY}+` : told.unread}</span>}
      </button>
      <div ref={list} id={id} popover="auto" className="loom-bell-list" role="dialog" aria-label="Newest notifications" onToggle={onToggle}>
        <header><strong>Notifications</strong><button type="button" className="loom-button is-small is-plain" disabled={told.unread === 0} onClick={allRead}>Mark all read</button></header>
        {away && <p className="loom-fault-line" role="alert">They could not be read. <button type="button" className="loom-button is-small" onClick={load}>Try again</button></p>}
        {!rows && !away && <p className="loom-empty" role="status">Looking …</p>}
        {rows?.length === 0 && <p className="loom-empty">Nothing waits for you, and nothing is new.</p>}
        {rows?.length > 0 && <ol className="loom-plain-list">{rows.map((one) => <Item key={one.id} one={one} onOpen={opened} />)}</ol>}
        <footer><Link to="/inbox" onClick={() => list.current.hidePopover()}>Open the inbox</Link><Link to="/account/notifications" onClick={() => list.current.hidePopover()}>What I am told</Link></footer>
      </div>
    </>
  );
}
