import { countsOf, diffRules } from '../../baseline/diff.js';
import { type Baseline, emptyBaseline } from '../../baseline/rules.js';
import { currentBaseline, listVersions } from '../../baseline/store.js';
import { getVersion, isAlreadySo, nextFromVersion, versionIn } from '../../changes/next-baseline.js';
import { proposeBaseline } from '../../changes/propose-baseline.js';
import { checkMayPropose, checkReason } from '../../changes/propose.js';
import type { Ctx } from '../../ctx.js';
import { compareWithPbx } from '../../drift/compare.js';
import { UserError } from '../../errors.js';
import { findPbx, getPbx } from '../../fleet/pbx.js';
import { answer } from '../blocks/answers.js';
import { askedWords } from '../blocks/asked-words.js';
import { diffMessage, historyMessage, pbxDiffMessage } from '../blocks/baseline-versions-view.js';
import { escape } from '../blocks/text.js';
import type { CommandInput, Conversation } from '../conversation.js';
import { replyWhenReady } from '../patience.js';
import { pbxNames } from './scope.js';

const DIFF_USAGE = '/pbx-baseline diff version [version or pbx]';
const ROLLBACK_USAGE = '/pbx-baseline rollback version --because reason';

/** The versions of the baseline: listing them, comparing them, going back to one. */
export const baselineVersions: Conversation = {
  commands: [
    {
      command: '/pbx-baseline',
      verb: 'history',
      usage: '/pbx-baseline history',
      help: 'Lists the versions: when, by whom, by which request, and how many rules changed.',
      most: 0,
      run: history,
    },
    {
      command: '/pbx-baseline',
      verb: 'diff',
      usage: DIFF_USAGE,
      help: 'Compares a version with the one in force, with another one, or with what a PBX has now.',
      most: 2,
      run: diff,
    },
    {
      command: '/pbx-baseline',
      verb: 'rollback',
      usage: ROLLBACK_USAGE,
      help: 'Asks for an older version to be in force again, as a new version.',
      options: ['because'],
      most: 1,
      run: rollBack,
    },
  ],
};

async function history({ ctx, reply }: CommandInput): Promise<void> {
  const versions = await listVersions(ctx.db);
  if (versions.length > 0) return reply(historyMessage(versions, countsOf(versions)));
  await reply(answer('There is no baseline yet. Take one from a PBX with `/pbx-baseline capture`.'));
}

async function diff({ ctx, words, reply }: CommandInput): Promise<void> {
  const [one, other] = words.args;
  const from = await versionNamed(ctx, one, DIFF_USAGE);
  if (other === undefined || (versionIn(other) !== null && findPbx(ctx, other) === undefined)) {
    const to =
      other === undefined ? await currentBaseline(ctx.db) : await versionNamed(ctx, other, DIFF_USAGE);
    return reply(diffMessage(from.version, to.version, diffRules(from.rules, to.rules)));
  }
  const pbx = getPbx(ctx, other);
  await replyWhenReady(reply, `Asking *${escape(pbx.name)}* for its settings…`, async () =>
    pbxDiffMessage(from.version, pbx.name, await compareWithPbx(ctx, from, pbx)),
  );
}

async function rollBack(input: CommandInput): Promise<void> {
  const { ctx, words, person, triggerId, source, approvalsChannel, reply } = input;
  checkMayPropose(ctx, person);
  const { version } = await versionNamed(ctx, words.args[0], ROLLBACK_USAGE);
  const { because: reason = '' } = words.options;
  checkReason(reason, `Usage: ${ROLLBACK_USAGE}`);
  const next = await nextFromVersion(ctx, version);
  if (isAlreadySo(next)) return reply(answer(`The baseline says what v${version} says already.`));
  await replyWhenReady(reply, 'Asking the PBXs what this would change…', async () => {
    const origin = `trigger:${triggerId}`;
    const petition = { ...person, reason, origin, source, target: 'baseline' };
    const request = await proposeBaseline(ctx, { ...petition, ...next });
    return answer(askedWords(request, approvalsChannel, pbxNames(ctx)).join('\n'));
  });
}

/** A version by its number, 0 the empty one before the first. */
async function versionNamed(
  ctx: Pick<Ctx, 'db'>,
  word: string | undefined,
  usage: string,
): Promise<Baseline> {
  const version = word === undefined ? null : versionIn(word);
  if (version === 0) return emptyBaseline;
  if (version !== null) return getVersion(ctx, version);
  const message = word === undefined ? 'Say which version you mean.' : `“${word}” is no version.`;
  throw new UserError('invalid', message, { field: 'version', mend: `Usage: ${usage}` });
}
