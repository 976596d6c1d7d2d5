// A bead beside the board or graph it was opened from. Escape closes it and gives the focus back.

import { useCallback, useEffect, useId, useMemo, useRef, useState } from "react";
import { Link, useNavigate } from "react-router";
import { BeadBody, goTo } from "./bead_body.jsx";
import { beadPage } from "./bead_data.js";
import { useLeavingAsks, useUnsaved } from "./drafts.js";
import { told } from "./undo.js";

// The focus goes to the panel when it opens and back to where it was when it closes.
function useFocusHere(id) {
  const panel = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    return () => {
      if (before?.isConnected && (!document.activeElement || document.activeElement === document.body)) before.focus();
    };
  }, []);
  useEffect(() => {
    panel.current?.focus({ preventScroll: true });
    if (panel.current) panel.current.scrollTop = 0;
  }, [id]);
  return panel;
}

// `onOpen(id)` shows another bead in its place; without it links lead to the bead's page. `onPrevious` and `onNext` are
// for walking through a list.
export function BeadPanel({ id, events, since, mayWrite, onClose, onOpen, onPrevious, onNext }) {
  const [place, setPlace] = useState({});
  const panel = useFocusHere(id);
  const title = useId();
  const unsaved = useUnsaved(id);
  const navigate = useNavigate();
  useLeavingAsks(unsaved);
  const latest = useRef(onOpen);
  latest.current = onOpen;
  const hasOpen = Boolean(onOpen);
  const Go = useMemo(() => goTo(hasOpen ? (other) => latest.current(other) : null), [hasOpen]);
  useEffect(() => setPlace({}), [id]);
  const close = useCallback(() => {
    if (unsaved) told(`What you wrote about ${id} is kept in this tab until you save or cancel it.`);
    onClose();
  }, [unsaved, id, onClose]);
  // What had the focus may be gone: then Escape is heard where nothing has it.
  useEffect(() => {
    const onKeyDown = (event) => {
      const here = event.target === document.body || panel.current?.contains(event.target);
      if (event.key !== "Escape" || event.defaultPrevented || !here || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      close();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [close, panel]);
  return (
    <aside ref={panel} className="loom-peek" role="dialog" aria-labelledby={title} tabIndex={-1}>
      <nav className="loom-peek-bar" aria-label="This bead">
        <Link to={beadPage(id)}>Open as page</Link>
        <span className="loom-row">
          {onPrevious && <button type="button" className="loom-button is-small is-plain" onClick={onPrevious} aria-label="Previous bead">↑</button>}
          {onNext && <button type="button" className="loom-button is-small is-plain" onClick={onNext} aria-label="Next bead">↓</button>}
          <button type="button" className="loom-button is-small is-plain" onClick={close} aria-label="Close">✕</button>
        </span>
      </nav>
      <BeadBody key={id} {...{ id, events, since, mayWrite, place, Go }} onPlace={setPlace} onOpen={onOpen || ((other) => navigate(beadPage(other)))} onGone={onClose} titleId={title} />
    </aside>
  );
}
