import { useEffect, useRef, useState } from 'react';
import type { SettingFact } from '../../demo/playground/face.js';
import type { PbxState } from '../frame/world.js';
import { authorOf, changesIn } from './audit.js';
import { wordsFor } from './values.js';

const FRESH_MS = 2500;
const MOST_SPOKEN = 3;

/** What has just become different on a PBX: which settings, to flash them, and a sentence to announce. */
export interface News {
  readonly fresh: ReadonlySet<string>;
  readonly said: string;
}

const NONE: News = { fresh: new Set(), said: '' };

/** Watches the audit log; what was there when the page opened is no news. */
export function useNews(name: string, pbx: PbxState | undefined, settings: readonly SettingFact[]): News {
  const seen = useRef<number | null>(null);
  const [news, setNews] = useState<News>(NONE);
  useEffect(() => {
    if (pbx === undefined) return;
    const last = pbx.auditLog.at(-1)?.Id ?? 0;
    const before = seen.current;
    seen.current = last;
    if (before === null || last <= before) return;
    const rows = pbx.auditLog.filter(({ Id }) => Id > before);
    const changes = rows.flatMap((row) => changesIn(row, settings).map((change) => ({ row, ...change })));
    const spoken = changes
      .slice(-MOST_SPOKEN)
      .map(
        ({ row, setting, after }) =>
          `${setting.label} is ${wordsFor(setting, after)} now, by ${authorOf(row)}`,
      );
    setNews({
      fresh: new Set(changes.map(({ setting }) => setting.key)),
      said: spoken.length === 0 ? '' : `${name}: ${spoken.join('; ')}.`,
    });
  }, [name, pbx, settings]);
  useEffect(() => {
    if (news.fresh.size === 0) return;
    const timer = setTimeout(() => setNews((now) => ({ ...now, fresh: NONE.fresh })), FRESH_MS);
    return () => clearTimeout(timer);
  }, [news]);
  return news;
}
