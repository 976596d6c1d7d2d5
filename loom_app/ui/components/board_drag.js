// Dragging by mouse and finger, by the browser's own means: what is dragged are cards, where they go are cells.

import { useEffect, useState } from "react";
import { autoScrollForElements } from "@atlaskit/pragmatic-drag-and-drop-auto-scroll/element";
import { combine } from "@atlaskit/pragmatic-drag-and-drop/combine";
import { draggable, dropTargetForElements, monitorForElements } from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import { pointerOutsideOfPreview } from "@atlaskit/pragmatic-drag-and-drop/element/pointer-outside-of-preview";
import { setCustomNativeDragPreview } from "@atlaskit/pragmatic-drag-and-drop/element/set-custom-native-drag-preview";

const CARD = "loom-card";

// `ids` says what goes along: all that is selected, when the card is one of them.
export function useDraggable(element, id, fixed, ids) {
  const [isDragging, setDragging] = useState(false);
  useEffect(() => {
    if (fixed) return undefined;
    return draggable({
      element: element.current,
      getInitialData: () => ({ kind: CARD, ids: ids(id) }),
      onGenerateDragPreview: ({ nativeSetDragImage, source }) => {
        if (source.data.ids.length < 2) return;
        setCustomNativeDragPreview({
          nativeSetDragImage,
          getOffset: pointerOutsideOfPreview({ x: "12px", y: "8px" }),
          render: ({ container }) => {
            const shown = document.createElement("div");
            shown.className = "loom-drag-many";
            shown.textContent = `${source.data.ids.length} beads`;
            container.append(shown);
          },
        });
      },
      onDragStart: () => setDragging(true),
      onDrop: () => setDragging(false),
    });
  }, [element, id, fixed, ids]);
  return isDragging;
}

export function useDropCell(element, place) {
  const [isOver, setOver] = useState(false);
  const { status, lane } = place;
  useEffect(
    () =>
      dropTargetForElements({
        element: element.current,
        getData: () => ({ status, lane }),
        canDrop: ({ source }) => source.data.kind === CARD,
        onDragEnter: () => setOver(true),
        onDragLeave: () => setOver(false),
        onDrop: () => setOver(false),
      }),
    [element, status, lane],
  );
  return isOver;
}

// Calls `onStart` when a drag begins and `onDrop(ids, place)` when it ends; `place` is null beside every cell.
export function useDragging(scroller, onStart, onDrop) {
  useEffect(() => {
    const mine = ({ source }) => source.data.kind === CARD;
    return combine(
      autoScrollForElements({ element: scroller.current, canScroll: mine }),
      monitorForElements({
        canMonitor: mine,
        onDragStart: onStart,
        onDrop: ({ source, location }) => onDrop(source.data.ids, location.current.dropTargets[0]?.data || null),
      }),
    );
  }, [scroller, onStart, onDrop]);
}
