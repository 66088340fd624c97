import { parseUntil } from '../../baseline/until.js';
import { checkMayPropose } from '../../changes/propose.js';
import type { ChangeRequest } from '../../changes/request.js';
import type { Ctx } from '../../ctx.js';
import {
  askToAdopt,
  askToExcept,
  askToRestore,
  askToRestorePbx,
  getOpenEpisode,
} from '../../drift/answers.js';
import { touchDrift } from '../../drift/answer-store.js';
import type { Episode } from '../../drift/episode.js';
import { listEpisodes } from '../../drift/episode-store.js';
import { rearmSetting } from '../../drift/release.js';
import { UserError } from '../../errors.js';
import { getSetting } from '../../settings/catalogue.js';
import { answer, notice } from '../blocks/answers.js';
import { askedWords } from '../blocks/asked-words.js';
import { episodeBlocks, episodeLines } from '../blocks/episode-card.js';
import { ADOPT_FORM, adoptForm, EXCEPT_FORM, exceptForm } from '../blocks/episode-forms.js';
import { actions, type Block, button, context, type Message, section, type View } from '../blocks/kit.js';
import { counted, escape, lengthOf, spoken } from '../blocks/text.js';
import type { ActionInput, CommandInput, Conversation, FormInput, SlackTools } from '../conversation.js';
import { episodeFacts } from '../episode-card.js';
import { openView } from '../open-modal.js';
import { replyWhenReady } from '../patience.js';
import { withSource } from '../source.js';
import { valueOf } from './propose.js';
import { pbxAndKeys, pbxNames, settingsNamed } from './scope.js';

const RESTORE_USAGE = '/pbx-drift restore pbx [settings] --because reason';
const REARM_USAGE = '/pbx-drift rearm pbx setting';
const MOST_SHOWN = 15;
const SHOWN_TEXT = 11_000;

/** Answering drift: the buttons of its cards, and the same by command. */
export const episodes: Conversation = {
  commands: [
    {
      command: '/pbx-drift',
      verb: 'show',
      usage: '/pbx-drift show [pbx]',
      help: 'Shows the open drift of a PBX, with what can be done about it.',
      most: 1,
      run: async (input) => input.reply(await shown(input.ctx, input.words.args)),
    },
    {
      command: '/pbx-drift',
      verb: 'restore',
      usage: RESTORE_USAGE,
      help: 'Asks for drifted settings of a PBX, or all of them, to become what the baseline says.',
      options: ['because'],
      run: restoreFromCommand,
    },
    {
      command: '/pbx-drift',
      verb: 'rearm',
      usage: REARM_USAGE,
      help: 'Lets sweeps correct a setting again that they leave alone because it keeps coming back.',
      most: 2,
      run: rearmFromCommand,
    },
  ],
  actions: [
    { id: 'episode.restore', run: restore },
    { id: 'episode.adopt', run: (input) => openForm(input, adoptForm) },
    { id: 'episode.except', run: (input) => openForm(input, exceptForm) },
    { id: 'episode.rearm', run: rearm },
  ],
  forms: [
    { callbackId: ADOPT_FORM, run: adopt },
    { callbackId: EXCEPT_FORM, run: except },
  ],
};

async function restore(input: ActionInput): Promise<void> {
  const { ctx, value, person, source, reply } = input;
  const { pbxId, key } = await getOpenEpisode(ctx, value);
  checkMayPropose(ctx, person);
  const name = pbxNames(ctx)(pbxId);
  await replyWhenReady(reply, `Reading *${escape(name)}*…`, async () => {
    const reason = `${getSetting(key).label} drifted from the baseline; restore it.`;
    const request = await askToRestore(ctx, value, { ...person, source, reason });
    return answer(wordsFor(input, request).join('\n'));
  });
}

async function restoreFromCommand(input: CommandInput): Promise<void> {
  const { ctx, words, person, triggerId, source, reply } = input;
  const { pbx, keys } = pbxAndKeys(ctx, words.args);
  const { because: reason = '' } = words.options;
  if (reason === '')
    throw new UserError('invalid', 'A reason is missing.', { mend: `Usage: ${RESTORE_USAGE}` });
  checkMayPropose(ctx, person);
  const named = keys.length === 0 ? [] : settingsNamed(keys).map(({ key }) => key);
  await replyWhenReady(reply, `Reading *${escape(pbx.name)}*…`, async () => {
    const petition = { ...person, source, reason, origin: `trigger:${triggerId}` };
    const request = await askToRestorePbx(ctx, { pbxId: pbx.id, keys: named }, petition);
    return answer(wordsFor(input, request).join('\n'));
  });
}

/** Who may not ask learns it before the window opens. */
async function openForm(
  { ctx, client, value, person, triggerId, source }: ActionInput,
  form: (answered: Parameters<typeof adoptForm>[0]) => View,
): Promise<void> {
  const episode = await getOpenEpisode(ctx, value);
  checkMayPropose(ctx, person);
  const view = form({ episode, nameOf: pbxNames(ctx), metadata: withSource(value, source) });
  await openView({ client, triggerId, log: ctx.log }, view);
}

async function adopt(input: FormInput): Promise<View> {
  const { ctx, person, fields, metadata, source } = input;
  const scope = valueOf(fields, 'scope') === 'rule' ? 'rule' : 'pbx';
  const reason = valueOf(fields, 'reason');
  const request = await askToAdopt(ctx, metadata, { ...person, source, reason, scope });
  return notice('Asked for', wordsFor(input, request));
}

async function except(input: FormInput): Promise<View> {
  const { ctx, person, fields, metadata, source } = input;
  const untilAt = parseUntil(valueOf(fields, 'until'));
  const reason = valueOf(fields, 'reason');
  const request = await askToExcept(ctx, metadata, { ...person, source, reason, untilAt });
  return notice('Asked for', wordsFor(input, request));
}

async function rearm({ ctx, value, person, source, reply }: ActionInput): Promise<void> {
  await reply(await rearmed(ctx, await getOpenEpisode(ctx, value), { ...person, source }));
}

async function rearmFromCommand({ ctx, words, person, source, reply }: CommandInput): Promise<void> {
  const { pbx, keys } = pbxAndKeys(ctx, words.args);
  const [name] = keys;
  if (name === undefined)
    throw new UserError('invalid', 'Say which setting you mean.', { mend: `Usage: ${REARM_USAGE}` });
  const { key } = getSetting(name);
  await reply(await rearmed(ctx, { pbxId: pbx.id, key }, { ...person, source }));
}

async function rearmed(
  ctx: Ctx,
  { pbxId, key }: Pick<Episode, 'pbxId' | 'key'>,
  decider: Parameters<typeof rearmSetting>[2],
): Promise<Message> {
  await rearmSetting(ctx, { pbxId, key }, decider);
  for (const id of await touchDrift(ctx.db, pbxId, key)) ctx.wake({ kind: 'episode', id });
  const what = `*${escape(getSetting(key).label)}* of *${escape(pbxNames(ctx)(pbxId))}*`;
  return answer(`${what} is re-armed: the next sweep corrects it again.`);
}

/** The open drift of a PBX, as much of it as fits into one message. */
async function shown(ctx: Ctx, args: readonly string[]): Promise<Message> {
  const { pbx } = pbxAndKeys(ctx, args);
  const open = await listEpisodes(ctx.db, { pbxId: pbx.id, limit: 1000 });
  const name = escape(pbx.name);
  if (open.length === 0) {
    const check = actions(button('drift.check', 'Check now', pbx.id));
    return answer(`No drift of *${name}* is open, as the last sweep saw it.`, check);
  }
  const title = `*${name}*: ${counted(open.length, 'drift')} open`;
  const blocks: Block[] = [section(title)];
  const said = [title];
  let count = 0;
  for (const episode of open.slice(0, MOST_SHOWN)) {
    const facts = await episodeFacts(ctx, episode);
    const more = episodeBlocks(episode, { ...facts, people: '' });
    if (lengthOf([...blocks, ...more]) > SHOWN_TEXT) break;
    blocks.push(...more);
    said.push(...episodeLines(episode, { ...facts, people: '' }));
    count += 1;
  }
  const left = open.length - count;
  const rest = left === 0 ? [] : [context(`${left} more: \`${RESTORE_USAGE}\` restores all of them.`)];
  return { text: spoken(said), blocks: [...blocks, ...rest] };
}

function wordsFor({ ctx, approvalsChannel }: SlackTools, request: ChangeRequest): readonly string[] {
  return askedWords(request, approvalsChannel, pbxNames(ctx));
}
