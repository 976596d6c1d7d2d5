// Which part of a long, scrolled content is looked at, in steps, so that little is drawn anew while it moves.

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

const STEP = 400;
const AHEAD = 500;

export function useWindow() {
  const scroller = useRef(null);
  const [range, setRange] = useState([0, 2000]);
  const look = useCallback(() => {
    const { scrollTop, clientHeight } = scroller.current;
    const from = Math.floor(Math.max(0, scrollTop - AHEAD) / STEP) * STEP;
    const to = Math.ceil((scrollTop + clientHeight + AHEAD) / STEP) * STEP;
    setRange((before) => (before[0] === from && before[1] === to ? before : [from, to]));
  }, []);
  useLayoutEffect(look, [look]);
  useEffect(() => {
    const watched = scroller.current;
    const watch = new ResizeObserver(look);
    watch.observe(watched);
    watched.addEventListener("scroll", look, { passive: true });
    return () => {
      watch.disconnect();
      watched.removeEventListener("scroll", look);
    };
  }, [look]);
  return { scroller, range };
}

// One rem in units of the usual 16 pixels: people who enlarge letters get higher cards.
export function letterScale() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1;
}
