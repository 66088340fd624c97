import { jsonRule } from '../baseline/publish.js';
import { getSetting } from '../settings/catalogue.js';
import { jsonValue } from '../settings/kind.js';
import type { Content } from './request.js';

/** A request's content for the audit log and JSON output, images as type, size and hash. */
export function jsonContent(content: Content): Readonly<Record<string, unknown>> {
  if (content.kind === 'baseline') return { kind: content.kind, rules: content.rules.map(jsonRule) };
  const items = content.items.map(({ key, before, value }) => ({
    key,
    before: jsonValue(getSetting(key), before),
    value: jsonValue(getSetting(key), value),
  }));
  return { kind: content.kind, items, hold: content.hold };
}
