// A moment as people say it, kept fresh; the exact time is on the element for those who hover or read it out.

import { useEffect, useState } from "react";
import { ago } from "./rest.js";

const FRESHEN_MS = 15000;

export function Ago({ at, never }) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), FRESHEN_MS);
    return () => clearInterval(timer);
  }, []);
  if (!at) return <span className="loom-quiet">{never || "never"}</span>;
  return (
    <time className="loom-ago" dateTime={at} title={new Date(at).toLocaleString()}>
      {ago(at)}
    </time>
  );
}
