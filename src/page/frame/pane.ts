import { useEffect, useState } from 'react';

export const PANES = ['Slack', 'Phone systems', 'Tour'] as const;
export type Pane = (typeof PANES)[number];

const EVENT = 'plumbline-pane';

/** Where the page shows one of its parts at a time, brings that part to the front. */
export function showPane(pane: Pane): void {
  dispatchEvent(new CustomEvent<Pane>(EVENT, { detail: pane }));
}

/** The part that is in front on a narrow screen, and how to bring another there. */
export function usePane(): readonly [Pane, (pane: Pane) => void] {
  const [pane, setPane] = useState<Pane>('Slack');
  useEffect(() => {
    const show = (event: Event): void => setPane((event as CustomEvent<Pane>).detail);
    addEventListener(EVENT, show);
    return () => removeEventListener(EVENT, show);
  }, []);
  return [pane, setPane];
}
