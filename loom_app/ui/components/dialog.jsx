// The browser's own dialog: it keeps the focus inside, closes on Escape and gives the focus back.

import { useEffect, useId, useRef } from "react";

// `kept` is for what is shown once: neither a click beside it nor a first Escape closes it.
export function Dialog({ open, title, kept, onClose, children }) {
  const dialog = useRef(null);
  const heading = useId();
  useEffect(() => {
    const shown = dialog.current;
    if (open && !shown.open) shown.showModal();
    if (!open && shown.open) shown.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      className="loom-dialog"
      aria-labelledby={heading}
      onCancel={(event) => {
        if (event.target !== dialog.current) return;
        event.preventDefault();
        if (!kept) onClose();
      }}
      onClose={(event) => {
        if (event.target === dialog.current && open) onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === dialog.current && !kept) onClose();
      }}
    >
      <div className="loom-dialog-body">
        {open && (
          <>
            <header>
              <h2 id={heading}>{title}</h2>
              <button type="button" className="loom-button is-plain" aria-label="Close" onClick={() => onClose()}>✕</button>
            </header>
            {children}
          </>
        )}
      </div>
    </dialog>
  );
}
