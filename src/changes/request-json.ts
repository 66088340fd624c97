import { jsonRule } from '../baseline/publish.js';
import { jsonOutcome } from '../fleet/outcome.js';
import { getSetting } from '../settings/catalogue.js';
import { jsonValue } from '../settings/kind.js';
import type { ChangeRequest, Content, Impact, ImpactItem } from './request.js';

/** A request's content for the audit log and JSON output, images as type, size and hash. */
export function jsonContent(content: Content): Readonly<Record<string, unknown>> {
  if (content.kind === 'exception' || content.kind === 'pause') return { ...content };
  const reverts = content.reverts === undefined ? {} : { reverts: content.reverts.number };
  if (content.kind === 'baseline') {
    const { kind, rules, removed = [], before, impact } = content;
    return {
      kind,
      rules: rules.map(jsonRule),
      ...(removed.length === 0 ? {} : { removed }),
      ...(before === undefined || before.length === 0 ? {} : { before: before.map(jsonRule) }),
      ...(impact === undefined ? {} : { impact: jsonImpact(impact) }),
      ...reverts,
    };
  }
  const parts = content.parts.map(({ pbxId, url, items }) => ({
    pbx: pbxId,
    url,
    items: items.map(({ key, before, value }) => ({
      key,
      before: jsonValue(getSetting(key), before),
      value: jsonValue(getSetting(key), value),
    })),
  }));
  return { kind: content.kind, parts, left: content.left, hold: content.hold, ...reverts };
}

/** What a version would change, images as type, size and hash. */
export function jsonImpact({
  pbxs,
  changes,
  unread,
  absent = [],
}: Impact): Readonly<Record<string, unknown>> {
  const jsonItem = ({ key, live, value, mode }: ImpactItem) => ({
    key,
    live: jsonValue(getSetting(key), live),
    value: jsonValue(getSetting(key), value),
    mode,
  });
  return {
    pbxs,
    unread,
    ...(absent.length === 0 ? {} : { absent }),
    changes: changes.map(({ pbxId, items }) => ({ pbx: pbxId, items: items.map(jsonItem) })),
  };
}

/** A whole request for JSON output, images as type, size and hash. */
export function jsonRequest(request: ChangeRequest): Readonly<Record<string, unknown>> {
  const { content, results, again } = request;
  return {
    ...request,
    content: jsonContent(content),
    again: again.map(({ moved, ...rest }) => ({
      ...rest,
      moved: moved.map(({ pbxId, key, before, after }) => ({
        pbx: pbxId,
        key,
        before: jsonValue(getSetting(key), before),
        after: jsonValue(getSetting(key), after),
      })),
    })),
    results: results.map((result) => ({ ...result, outcomes: result.outcomes?.map(jsonOutcome) ?? null })),
  };
}
