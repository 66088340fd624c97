import { useCallback, useState } from 'react';

/** A value that this browser remembers; where it may not, it lasts as long as the page. */
export function useMemory<T>(key: string, first: T): readonly [T, (next: T) => void] {
  const [value, setValue] = useState<T>(() => recall(key) ?? first);
  const keep = useCallback(
    (next: T) => {
      setValue(next);
      try {
        localStorage.setItem(key, JSON.stringify(next));
      } catch {
        // A browser that keeps nothing still shows the page.
      }
    },
    [key],
  );
  return [value, keep];
}

function recall<T>(key: string): T | undefined {
  try {
    return (JSON.parse(localStorage.getItem(key) ?? 'null') as T | null) ?? undefined;
  } catch {
    return undefined;
  }
}
