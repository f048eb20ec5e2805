import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

const NEAR_PX = 80;
const LOAD_OLDER_AT_PX = 240;

interface Watched {
  /** The id of the first and of the last message that is shown. */
  first: string | undefined;
  last: string | undefined;
  /** Whether the last message was just sent by the user, who then wants to see it. */
  isLastOurs: boolean;
  onNearTop: () => void;
}

/**
 * Scrolls a conversation: it opens at its end and stays there while messages arrive. If the user
 * has scrolled up, nothing moves when messages are added below or above.
 */
export function useConversationScroll(box: RefObject<HTMLElement | null>, watched: Watched) {
  const { first, last, isLastOurs, onNearTop } = watched;
  const before = useRef<{ first?: string; last?: string; height: number }>({ height: 0 });
  const isAtEnd = useRef(true);
  const [hasNew, setNew] = useState(false);
  const toEnd = useCallback(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [box]);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const was = before.current;
    if (was.first !== undefined && first !== was.first) {
      element.scrollTop += element.scrollHeight - was.height;
    } else if (last !== was.last) {
      if (isAtEnd.current || isLastOurs || was.last === undefined) toEnd();
      else setNew(true);
    }
    before.current = { first, last, height: element.scrollHeight };
  }, [box, first, last, isLastOurs, toEnd]);

  // Bubbles can grow after they are shown, when a status changes or a picture is loaded.
  useEffect(() => {
    const element = box.current;
    const content = element?.firstElementChild;
    if (!element || !content) return;
    const observer = new ResizeObserver(() => {
      before.current.height = element.scrollHeight;
      if (isAtEnd.current) toEnd();
    });
    observer.observe(content);
    return () => observer.disconnect();
  }, [box, toEnd]);

  const [isAway, setAway] = useState(false);
  const onScroll = () => {
    const element = box.current;
    if (!element) return;
    const below = element.scrollHeight - element.scrollTop - element.clientHeight;
    isAtEnd.current = below < NEAR_PX;
    setAway(!isAtEnd.current);
    if (isAtEnd.current) setNew(false);
    if (element.scrollTop < LOAD_OLDER_AT_PX) onNearTop();
  };
  return { onScroll, hasNew, isAway, toEnd };
}
