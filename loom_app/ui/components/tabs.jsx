// Tabs after the ARIA pattern: arrow keys, Home and End walk and choose. Whoever shows them keeps the choice, in the
// page's address where there is one, so that Back and links work.

import { useEffect } from "react";

const STEPS = { ArrowRight: (at) => at + 1, ArrowLeft: (at) => at - 1, Home: () => 0, End: () => -1 };
const tabId = (id, name) => `${id}-tab-${name || "first"}`;

// `tabs` are [name, word]; `counts` has numbers to show beside the words, by name.
export function Tabs({ id, label, tabs, chosen, counts = {}, small, onChoose }) {
  useEffect(() => {
    const tab = document.getElementById(tabId(id, chosen));
    const list = tab?.parentElement;
    if (list && list.scrollWidth > list.clientWidth) list.scrollLeft += tab.getBoundingClientRect().left - list.getBoundingClientRect().left - (list.clientWidth - tab.offsetWidth) / 2;
  }, [id, chosen]);
  const onKeyDown = (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const [next] = tabs.at(step(tabs.findIndex(([name]) => name === chosen)) % tabs.length);
    onChoose(next);
    document.getElementById(tabId(id, next))?.focus();
  };
  return (
    <div className={`loom-tabs${small ? " is-small" : ""}`} role="tablist" aria-label={label} onKeyDown={onKeyDown}>
      {tabs.map(([name, word]) => (
        <button key={name} type="button" role="tab" id={tabId(id, name)} aria-selected={name === chosen} aria-controls={`${id}-panel`} tabIndex={name === chosen ? 0 : -1} onClick={() => onChoose(name)}>
          {word}{counts[name] > 0 && <span className="loom-count">{counts[name].toLocaleString("en-US")}</span>}
        </button>
      ))}
    </div>
  );
}

// What the chosen tab shows.
export function TabPanel({ id, chosen, className, children }) {
  return <div role="tabpanel" id={`${id}-panel`} aria-labelledby={tabId(id, chosen)} className={className}>{children}</div>;
}
