import { parseUntil } from '../../baseline/until.js';
import type { PausePetition } from '../../changes/propose-exception.js';
import { checkMayPropose } from '../../changes/propose.js';
import type { ChangeRequest } from '../../changes/request.js';
import type { Ctx } from '../../ctx.js';
import { UserError } from '../../errors.js';
import { notice } from '../blocks/answers.js';
import { askedWords } from '../blocks/asked-words.js';
import { targetName } from '../blocks/change-words.js';
import type { Begun, ExceptFacts } from '../blocks/except-form.js';
import type { View } from '../blocks/kit.js';
import { isUserId } from '../blocks/people.js';
import type { ActionInput, CommandInput, FormInput, SlackTools } from '../conversation.js';
import { openView } from '../open-modal.js';
import { withSource } from '../source.js';
import { valueOf } from './propose.js';
import { pbxNames } from './scope.js';

/** The options that say how long an exception or a pause lasts, why, and who answers for it. */
export const lastingOptions = ['until', 'because', 'owner'] as const;

const MENTION = /^<@([UW][A-Z0-9]+)(?:\|[^>]*)?>$/;
const DAY = /^\d{4}-\d{2}-\d{2}/;

type Typed = Pick<PausePetition, 'reason' | 'untilAt' | 'owner'>;

/**
 * What a command says of an end, a reason and an owner, or null where it leaves something open that the window then asks
 * for: a word that is missing, or an owner by name, which Slack does not say who it is. Throws `UserError` for a bad date.
 */
export function lastingFrom({ words }: Pick<CommandInput, 'words'>): Typed | null {
  const { until = '', because: reason = '', owner } = words.options;
  const untilAt = until === '' ? null : parseUntil(until);
  if (untilAt === null || reason === '') return null;
  if (owner === undefined) return { reason, untilAt };
  const id = userIdIn(owner);
  return id === undefined ? null : { reason, untilAt, owner: id };
}

/** What the window begins with. Whoever asks answers for it, unless somebody else was named. */
export function begunBy({ words, person }: Pick<CommandInput, 'words' | 'person'>): Begun {
  const { until = '', because: reason, owner } = words.options;
  const untilDate = DAY.exec(until)?.[0];
  return { untilDate, reason, owner: owner === undefined ? person.actor.id : userIdIn(owner) };
}

function userIdIn(text: string): string | undefined {
  const id = MENTION.exec(text)?.[1] ?? text;
  return isUserId(id) ? id : undefined;
}

/** Opens such a window; who may not ask learns it before. */
export async function openLasting(
  input: CommandInput | ActionInput,
  form: (facts: ExceptFacts) => View,
): Promise<void> {
  const { ctx, client, person, triggerId, source } = input;
  checkMayPropose(ctx, person);
  const view = form({ targets: targetsOf(ctx), metadata: withSource('new', source) });
  await openView({ client, triggerId, log: ctx.log }, view);
}

/** All that a submitted window says but what it is for. Throws `UserError` whose fields are the window's inputs. */
export async function petitionFrom(input: FormInput): Promise<PausePetition> {
  const { ctx, person, fields, origin, source } = input;
  const owner = valueOf(fields, 'owner');
  await checkOwner(ctx, owner);
  const [target, reason] = [valueOf(fields, 'target').trim(), valueOf(fields, 'reason')];
  const untilAt = parseUntil(valueOf(fields, 'until'));
  return { ...person, origin, source, target, reason, untilAt, owner };
}

/** Refuses an owner who has left, or is a bot: nobody would be there to be warned. */
export async function checkOwner({ directory }: Pick<Ctx, 'directory'>, owner: string): Promise<void> {
  const { isActive } = await directory.standing(owner, true);
  if (isActive) return;
  throw new UserError('invalid', 'This account cannot answer for it: it is deactivated, or a bot.', {
    field: 'owner',
    mend: 'Choose a person.',
  });
}

/** Where an error of such a window is shown; what names a setting belongs to the list of them. */
export function lastingBlock(field: string): string {
  if (field === 'pbx') return 'target';
  return ['target', 'settings', 'until', 'reason', 'owner'].includes(field) ? field : 'settings';
}

/** The window's answer. */
export function askedNotice(tools: SlackTools, request: ChangeRequest): View {
  return notice('Asked for', askedWords(request, tools.approvalsChannel, pbxNames(tools.ctx)));
}

/** All that a person may name, as it is stored and as people call it, the PBXs first. */
export function targetsOf({ pbxs }: Pick<Ctx, 'pbxs'>): ExceptFacts['targets'] {
  const names = new Map(pbxs.map(({ id, name }) => [id, name]));
  const tags = [...new Set(pbxs.flatMap((pbx) => pbx.tags))].map((tag) => `tag:${tag}`);
  const nameOf = (id: string): string => {
    const name = names.get(id) ?? id;
    return name === id ? id : `${name} (${id})`;
  };
  return [...pbxs.map(({ id }) => id), ...tags, 'all'].map((target) => ({
    target,
    name: targetName(target, nameOf),
  }));
}
