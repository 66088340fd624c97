import { useEffect } from 'react';

const EVENT = 'plumbline-setting';
/** Until what was folded up is drawn. */
const DRAWN_MS = 80;

interface Pointed {
  readonly pbxId: string;
  readonly key: string;
}

/** Points at a setting of a phone system: its panel opens, and the keyboard's focus goes there. */
export function pointAt(pointed: Pointed): void {
  dispatchEvent(new CustomEvent<Pointed>(EVENT, { detail: pointed }));
}

/** Opens a panel and goes to its setting when somebody points there. */
export function usePointed(pbxId: string, open: () => void): void {
  useEffect(() => {
    function go(event: Event): void {
      const pointed = (event as CustomEvent<Pointed>).detail;
      if (pointed.pbxId !== pbxId) return;
      open();
      setTimeout(() => {
        const at = document.querySelector(`[data-setting="${pbxId} ${pointed.key}"]`);
        at?.scrollIntoView({ block: 'center' });
        at?.querySelector<HTMLElement>('input, select')?.focus();
      }, DRAWN_MS);
    }
    addEventListener(EVENT, go);
    return () => removeEventListener(EVENT, go);
  }, [pbxId, open]);
}
