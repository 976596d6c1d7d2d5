// One bead on a page of its own; the address names it, the tab that is open and the run that is shown.

import { useId, useMemo } from "react";
import { useBlocker, useLocation, useNavigate } from "react-router";
import { BeadBody, goTo } from "./bead_body.jsx";
import { beadPage } from "./bead_data.js";
import { Dialog } from "./dialog.jsx";
import { useLeavingAsks, useUnsaved } from "./drafts.js";
import { Buttons } from "./parts.jsx";

export { BeadPanel } from "./bead_panel.jsx";

const named = (pathname) => {
  const part = pathname.replace(/\/+$/, "").split("/")[2] || "";
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

// Asks before a link leads away from text that is not saved.
function Leaving({ unsaved }) {
  useLeavingAsks(unsaved);
  const blocker = useBlocker(({ currentLocation, nextLocation }) => unsaved && currentLocation.pathname !== nextLocation.pathname);
  const stay = () => blocker.reset?.();
  return (
    <Dialog open={blocker.state === "blocked"} title="You have text that is not saved" onClose={stay}>
      <p>It is kept in this tab, and is here again when you come back to this bead.</p>
      <Buttons>
        <button type="button" className="loom-button" onClick={() => blocker.proceed()}>Leave</button>
        <button type="button" className="loom-button is-main" autoFocus onClick={stay}>Stay</button>
      </Buttons>
    </Dialog>
  );
}

export function BeadView({ events, since, mayWrite }) {
  const { pathname, search } = useLocation();
  const id = named(pathname);
  const navigate = useNavigate();
  const title = useId();
  const unsaved = useUnsaved(id);
  const Go = useMemo(() => goTo(null), []);
  const asked = new URLSearchParams(search);
  const place = { tab: asked.get("tab") || (asked.get("run") ? "runs" : ""), run: asked.get("run") || "" };
  const onPlace = (next) => {
    const wanted = new URLSearchParams(Object.entries(next).filter(([, value]) => value)).toString();
    navigate({ pathname, search: wanted ? `?${wanted}` : "" }, { replace: true, preventScrollReset: true });
  };
  return (
    <>
      <BeadBody key={id} {...{ id, events, since, mayWrite, place, onPlace, Go }} onOpen={(other) => navigate(beadPage(other))} onGone={() => undefined} titleId={title} titled />
      <Leaving unsaved={unsaved} />
    </>
  );
}
