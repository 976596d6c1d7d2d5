// What the frame needs of the browser itself: leaving, notices, and links that open pages without loading everything again.

import { useEffect, useRef, useState } from "react";
import { Link, useLocation } from "react-router";
import { toast } from "sonner";
import { refs } from "$/utils/state";

// What loom_app/ui/notices.py sends arrives as the value of this ref.
refs.ref_notice = {
  current: {
    set value({ kind, text, ms }) {
      (kind === "error" ? toast.error : toast.success)(text, { duration: ms });
    },
  },
};

export function NavLink({ to, children }) {
  const { pathname } = useLocation();
  const path = pathname.replace(/\/+$/, "") || "/";
  const here = to === "/" ? path === "/" : path === to || path.startsWith(`${to}/`) || (to === "/board" && path.startsWith("/beads/"));
  const link = useRef(null);
  useEffect(() => {
    if (here) link.current?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [here]);
  return (
    <Link ref={link} to={to} className={`loom-link${here ? " is-here" : ""}`} aria-current={here ? "page" : undefined}>
      {children}
    </Link>
  );
}

export function SignOut() {
  const [busy, setBusy] = useState(false);
  const leave = async () => {
    setBusy(true);
    try {
      await fetch("/api/v1/auth/logout", { method: "POST" });
    } finally {
      window.location.assign("/login");
    }
  };
  return (
    <button type="button" className="loom-button is-plain" onClick={leave} disabled={busy} title="Sign out">
      Sign out
    </button>
  );
}

export function Go({ to, children, ...rest }) {
  return <Link to={to || "/"} {...rest}>{children}</Link>;
}
