import { useCallback, useSyncExternalStore } from 'react';
import type { Ticks } from './steps.js';

/** What a browser remembers of the tour, for one run of the playground. */
export interface TourMemory {
  readonly run: string;
  readonly since: string;
  /** The reports that were in front of somebody. */
  readonly read: readonly string[];
  /** What was once ticked stays so, even where the baseline it was held against has changed since. */
  readonly ticks: Ticks;
}

const KEY = 'plumbline-tour';
const CHANGED = 'plumbline-tour-changed';
const START = new Date(0).toISOString();

/** Where the browser keeps nothing, the tour lasts as long as the page. */
let unkept: string | null = null;

/** The tour's memory, shared by all windows of this browser; what another run left behind counts for nothing. */
export function useTourMemory(run: string): readonly [TourMemory, (memory: TourMemory) => void] {
  const text = useSyncExternalStore(subscribe, read);
  const keep = useCallback((memory: TourMemory) => {
    const text = JSON.stringify(memory);
    unkept = null;
    try {
      localStorage.setItem(KEY, text);
    } catch {
      unkept = text;
    }
    dispatchEvent(new Event(CHANGED));
  }, []);
  return [memoryOf(text, run), keep];
}

function subscribe(listener: () => void): () => void {
  addEventListener('storage', listener);
  addEventListener(CHANGED, listener);
  return () => {
    removeEventListener('storage', listener);
    removeEventListener(CHANGED, listener);
  };
}

function read(): string | null {
  try {
    return unkept ?? localStorage.getItem(KEY);
  } catch {
    return unkept;
  }
}

function memoryOf(text: string | null, run: string): TourMemory {
  const fresh: TourMemory = { run, since: START, read: [], ticks: {} };
  try {
    const kept = JSON.parse(text ?? 'null') as Partial<TourMemory> | null;
    return kept?.run === run ? { ...fresh, ...kept } : fresh;
  } catch {
    return fresh;
  }
}
