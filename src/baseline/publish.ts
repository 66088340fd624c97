import { record } from '../audit/record.js';
import { type Actor, type Ctx, timestamp } from '../ctx.js';
import { getSetting } from '../settings/catalogue.js';
import { jsonValue } from '../settings/kind.js';
import type { Tx } from '../storage/database.js';
import { takeTurn } from '../storage/turn.js';
import type { Baseline, Rule } from './rules.js';
import {
  currentBaseline,
  insertVersion,
  releasedBaseline,
  releaseVersion,
  versionOfRequest,
} from './store.js';

export interface Publication {
  readonly requestId: string;
  readonly actor: Actor;
  readonly build: (current: Baseline) => readonly Rule[] | null;
  /** Whether the PBXs have the new rules' values already, so that their first corrections need no preview. */
  readonly isApplied?: true;
}

/**
 * Publishes the next baseline version for a request, made from the one in force. Returns its number, the same one when
 * asked twice, or null where `build` says that it no longer fits.
 */
export async function publishBaseline(
  ctx: Pick<Ctx, 'now'>,
  tx: Tx,
  publication: Publication,
): Promise<number | null> {
  await takeTurn(tx);
  const known = await versionOfRequest(tx, publication.requestId);
  if (known !== undefined) return known;
  const current = await currentBaseline(tx);
  const rules = publication.build(current);
  if (rules === null) return null;
  const version = current.version + 1;
  const at = timestamp(ctx);
  const { requestId, actor } = publication;
  await insertVersion(tx, { version, rules, requestId, publishedBy: actor, publishedAt: at });
  if (publication.isApplied === true && (await releasedBaseline(tx)).version === current.version) {
    await releaseVersion(tx, version, actor, at);
  }
  await record(tx, {
    at,
    actor,
    action: 'baseline.published',
    subject: { kind: 'baseline', id: String(version) },
    detail: { request: requestId, rules: rules.map(jsonRule) },
  });
  return version;
}

/** A rule for the audit log and JSON output, images as type, size and hash. */
export function jsonRule(rule: Rule): Readonly<Record<string, unknown>> {
  return { ...rule, value: jsonValue(getSetting(rule.key), rule.value) };
}
