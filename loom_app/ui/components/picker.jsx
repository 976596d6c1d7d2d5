// A field one types into to find something and take it: agents, people, beads, tags.

import { useEffect, useRef, useState } from "react";
import { useCombobox } from "downshift";

const ASK_AFTER_MS = 150;
const MOST_SHOWN = 50;

const fits = (option, words) => words.every((word) => `${option.name} ${option.hint || ""} ${option.id}`.toLowerCase().includes(word));

function useFound(options, find, text) {
  const [found, setFound] = useState({ of: "", options: [] });
  const [fault, setFault] = useState("");
  useEffect(() => {
    if (!find) return undefined;
    const gone = new AbortController();
    const timer = setTimeout(async () => {
      try {
        setFound({ of: text, options: await find(text, gone.signal) });
        setFault("");
      } catch (error) {
        if (!gone.signal.aborted) setFault(error.message);
      }
    }, text ? ASK_AFTER_MS : 0);
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [find, text]);
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  // What an earlier text found stays only as far as it fits, so that Enter never takes what one did not mean.
  if (find && found.of === text) return [found.options, fault];
  return [(find ? found.options : options || []).filter((option) => fits(option, words)), fault];
}

// `options` are filtered here; `find(text, signal)` asks for them instead. `free(text)` makes one of what was typed.
export function Picker({ label, options, find, free, placeholder, empty, onPick, onCancel }) {
  const [text, setText] = useState("");
  const field = useRef(null);
  const [found, fault] = useFound(options, find, text.trim());
  const own = free && text.trim() ? free(text.trim()) : null;
  const items = [...found.slice(0, MOST_SHOWN), ...(own && !found.some((option) => option.id === own.id) ? [own] : [])];
  const { isOpen, getMenuProps, getInputProps, getItemProps, getLabelProps, highlightedIndex } = useCombobox({
    items,
    inputValue: text,
    selectedItem: null,
    defaultHighlightedIndex: 0,
    initialIsOpen: true,
    itemToString: (item) => item?.name || "",
    stateReducer: (state, { type, changes }) => (type === useCombobox.stateChangeTypes.InputBlur ? { ...changes, selectedItem: state.selectedItem } : changes),
    onSelectedItemChange: ({ selectedItem }) => {
      if (!selectedItem) return;
      setText("");
      onPick(selectedItem);
    },
  });
  useEffect(() => field.current?.focus(), []);
  const onKeyDown = (event) => {
    if (event.key !== "Escape" || !onCancel) return;
    event.preventDefault();
    event.stopPropagation();
    onCancel();
  };
  return (
    <div className="loom-picker">
      <label className="loom-unseen" {...getLabelProps()}>{label}</label>
      <input {...getInputProps({ ref: field, onKeyDown, onChange: (event) => setText(event.target.value), placeholder: placeholder || label, spellCheck: false })} />
      <ul {...getMenuProps()} className={isOpen ? "is-open" : ""}>
        {isOpen && items.map((item, index) => (
          <li key={item.id} className={index === highlightedIndex ? "is-here" : ""} {...getItemProps({ item, index })}>
            <span>{item.name}</span>{item.hint && <span className="loom-quiet">{item.hint}</span>}
          </li>
        ))}
        {isOpen && items.length === 0 && <li className="loom-quiet" aria-disabled="true">{fault || empty || "Nothing fits."}</li>}
      </ul>
    </div>
  );
}
