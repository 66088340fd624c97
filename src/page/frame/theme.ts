import { useEffect, useSyncExternalStore } from 'react';
import { useMemory } from './memory.js';

export type Theme = 'light' | 'dark';

const DARK = '(prefers-color-scheme: dark)';

/** The theme in force and how to choose another; until somebody chooses, the system's. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [chosen, choose] = useMemory<Theme | null>('plumbline-theme', null);
  const isDark = useSyncExternalStore(
    (listener) => {
      const query = matchMedia(DARK);
      query.addEventListener('change', listener);
      return () => query.removeEventListener('change', listener);
    },
    () => matchMedia(DARK).matches,
  );
  const theme = chosen ?? (isDark ? 'dark' : 'light');
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme;
  }, [theme]);
  return [theme, choose];
}
