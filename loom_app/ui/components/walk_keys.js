// Single keys of a page that is a list: never while something is typed, and not below a dialog.

import { useEffect, useRef } from "react";

const TYPING = /^(INPUT|TEXTAREA|SELECT)$/;

// `does` is what each key does, `digit` what 1 to 9 do; one that answers undefined leaves the key to the browser.
export function useKeys(does) {
  const latest = useRef(does);
  latest.current = does;
  useEffect(() => {
    const onKey = (event) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open], :popover-open")) return;
      const radio = event.target.type === "radio" || event.target.type === "checkbox";
      if (TYPING.test(event.target.tagName) && !radio) return;
      if (event.key === "Enter" && event.target.closest?.("a, summary, button")) return;
      const key = /^[1-9]$/.test(event.key) ? "digit" : event.key;
      if (latest.current[key]?.(event) === undefined) return;
      event.preventDefault();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
