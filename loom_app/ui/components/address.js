// What a page keeps in its address, so that Back works and a link shows the same to whoever gets it.

import { useCallback, useEffect, useRef, useState } from "react";
import { useLocation } from "react-router";

function read(names) {
  const given = new URLSearchParams(window.location.search);
  return Object.fromEntries(names.map((name) => [name, given.get(name) || ""]));
}

// `names` are the parameters of the page at `path`. Answers their values, "" where there is none, and the function that
// changes some of them: as a step of its own, or with `replace` without one. The browser's own history is written,
// since the router would have the whole page load anew.
export function useAddress(path, names) {
  const [values, setValues] = useState(() => read(names));
  const latest = useRef(values);
  const location = useLocation();
  const follow = useCallback(() => {
    if (!window.location.pathname.startsWith(path)) return; // the page is being left already
    const now = read(names);
    if (names.every((name) => now[name] === latest.current[name])) return;
    latest.current = now;
    setValues(now);
  }, [path, names]);
  useEffect(follow, [follow, location]);
  useEffect(() => {
    window.addEventListener("popstate", follow);
    return () => window.removeEventListener("popstate", follow);
  }, [follow]);
  const change = useCallback(
    (changes, replace) => {
      const after = { ...latest.current, ...changes };
      if (names.every((name) => after[name] === latest.current[name])) return;
      latest.current = after;
      setValues(after);
      const query = new URLSearchParams(Object.entries(after).filter(([, value]) => value)).toString();
      const url = `${window.location.pathname}${query ? `?${query}` : ""}`;
      if (replace) window.history.replaceState(window.history.state, "", url);
      else window.history.pushState(window.history.state, "", url);
    },
    [names],
  );
  return [values, change];
}
