import type { Command } from 'commander';
import { approvalFor } from '../changes/approval.js';
import { type ChangeRequest, confirmationOf, keysOf, riskOf } from '../changes/request.js';
import type { Actor, Ctx } from '../ctx.js';
import { UserError } from '../errors.js';
import { getSetting } from '../settings/catalogue.js';
import { counted } from './words.js';

/** What is about to be asked for. */
export type Intent = Pick<ChangeRequest, 'target' | 'content'>;

/** Gives a command that asks for something the option that confirms it. */
export function addConfirmOption(command: Command): Command {
  return command.option(
    '--confirm <target>',
    'without approvers: the target once more, for a high risk or more than one PBX',
  );
}

/**
 * Refuses a risky act that nobody else would look at, unless its target was typed: a setting of high risk, or several PBXs
 * at once. Where approvers are configured they are asked instead. Throws `UserError` with what could happen.
 */
export function checkConfirm(
  ctx: Pick<Ctx, 'roles' | 'approvalRules' | 'pbxs'>,
  actor: Actor,
  { target, content }: Intent,
  typed: string | undefined,
): void {
  const risk = riskOf(content);
  if (approvalFor(ctx, actor, risk, content).kind !== 'operator') return;
  const pbxs = content.kind === 'settings' ? content.parts.length : 1;
  const wanted = confirmationOf({ risk, target, content }) ?? (pbxs > 1 ? target : null);
  if (wanted === null || typed?.trim().toLowerCase() === wanted.toLowerCase()) return;
  throw unconfirmed(wanted, typed, [
    ...(pbxs > 1 ? [`This changes ${counted(pbxs, 'PBX')} at once.`] : []),
    ...(risk === 'high' ? warningsOf(content) : []),
  ]);
}

function unconfirmed(wanted: string, typed: string | undefined, reasons: readonly string[]): UserError {
  const what = typed === undefined ? 'It must be confirmed.' : `“${typed}” does not confirm it.`;
  return new UserError('invalid', [...reasons, 'Nobody else would look at it.', what].join(' '), {
    field: '--confirm',
    mend: `Add --confirm ${wanted} to do it all the same.`,
  });
}

function warningsOf(content: Intent['content']): readonly string[] {
  const risky = keysOf(content)
    .map(getSetting)
    .filter(({ risk }) => risk === 'high');
  return risky.map(
    ({ label, warning }) => `High risk: ${label}.${warning === undefined ? '' : ` ${warning}`}`,
  );
}
