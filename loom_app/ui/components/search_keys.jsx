// The way to the search from every page: / where nothing is typed into, Ctrl K or ⌘ K everywhere.

import { useEffect } from "react";
import { useNavigate } from "react-router";

const TYPED_INTO = "input, textarea, select, [contenteditable]:not([contenteditable=false])";

export function SearchKeys() {
  const navigate = useNavigate();
  useEffect(() => {
    const pressed = (event) => {
      const command = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k";
      const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest?.(TYPED_INTO);
      if (event.defaultPrevented || (!command && !slash) || document.querySelector("dialog[open]")) return;
      const own = document.querySelector('.loom-main input[type="search"]');
      event.preventDefault();
      if (own && (slash || window.location.pathname === "/search")) own.focus();
      else navigate("/search");
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [navigate]);
  return null;
}
