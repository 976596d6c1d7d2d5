// Asks for fresh figures every few seconds, and rests while nobody looks at the page.

import { useEffect, useRef } from "react";

export function Every({ seconds, onTick }) {
  const latest = useRef(onTick);
  latest.current = onTick;
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && latest.current(), seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds]);
  return null;
}
