import { findReportParts } from '../../drift/queries.js';
import { checkMayRelease, dismissSweep, getHeldSweep, releaseSweep } from '../../drift/release.js';
import { findSweep, type Hold, type Sweep } from '../../drift/store.js';
import { startSweep } from '../../drift/sweep.js';
import type { Ctx } from '../../ctx.js';
import { UserError } from '../../errors.js';
import { answer, notice } from '../blocks/answers.js';
import { type View } from '../blocks/kit.js';
import {
  confirmationFor,
  heldPlan,
  RELEASE_FORM,
  releaseForm,
  type PlannedRule,
} from '../blocks/report-held.js';
import { pbxCount, settingsOn } from '../blocks/report-words.js';
import type { ActionInput, CommandInput, Conversation, FormInput } from '../conversation.js';
import { openModal } from '../open-modal.js';
import { withSource } from '../source.js';
import { valueOf } from './propose.js';
import { pbxNames } from './scope.js';

const RELEASE_USAGE = '/pbx-drift release [number]';
const DISMISS_USAGE = '/pbx-drift dismiss [number]';

type HeldSweep = Sweep & { readonly hold: Hold };

/** Sweeps: beginning one, and deciding about one that waits for a person. */
export const sweeps: Conversation = {
  commands: [
    {
      command: '/pbx-drift',
      verb: 'sweep',
      usage: '/pbx-drift sweep',
      help: 'Begins a sweep now, which also corrects; for admins and approvers.',
      most: 0,
      run: begin,
    },
    {
      command: '/pbx-drift',
      verb: 'release',
      usage: RELEASE_USAGE,
      help: 'Lets a sweep that waits for a person write what it showed, after one more look.',
      most: 1,
      run: async (input) => openRelease(input, await heldNamed(input, RELEASE_USAGE)),
    },
    {
      command: '/pbx-drift',
      verb: 'dismiss',
      usage: DISMISS_USAGE,
      help: 'Ends a sweep that waits for a person without writing what waits.',
      most: 1,
      run: async (input) => dismiss(input, await heldNamed(input, DISMISS_USAGE)),
    },
  ],
  actions: [
    {
      id: 'sweep.release',
      run: async (input) => openRelease(input, await heldWithId(input.ctx, input.value)),
    },
    { id: 'sweep.dismiss', run: async (input) => dismiss(input, await heldWithId(input.ctx, input.value)) },
  ],
  forms: [{ callbackId: RELEASE_FORM, run: release }],
};

async function begin({ ctx, person, reply }: CommandInput): Promise<void> {
  checkMayRelease(ctx, person);
  const id = await startSweep(ctx, { kind: 'person', actor: person.actor });
  const sweep = await findSweep(ctx.db, id);
  const what = `Sweep #${sweep?.number ?? ''} over ${pbxCount(ctx.pbxs.length)} begins.`;
  await reply(answer(`${what} Its report comes in the channel for reports when it ends.`));
}

/** Who may not release learns it before the window opens, and again when it is submitted. */
async function openRelease(input: ActionInput | CommandInput, sweep: HeldSweep): Promise<void> {
  const { ctx, client, person, triggerId, source } = input;
  checkMayRelease(ctx, person);
  const loading = notice('One moment', [`Reading the plan of sweep #${sweep.number}…`]);
  await openModal({ client, triggerId, log: ctx.log }, loading, async () =>
    releaseForm(sweep, await planOf(ctx, sweep), {
      nameOf: pbxNames(ctx),
      metadata: withSource(sweep.id, source),
    }),
  );
}

async function release({ ctx, person, fields, metadata, source }: FormInput): Promise<View> {
  const sweep = await heldWithId(ctx, metadata);
  const keys = [...new Set((await planOf(ctx, sweep)).map(({ key }) => key))];
  const wanted = confirmationFor(sweep.hold, keys);
  const typed = valueOf(fields, 'confirmation').replaceAll(/[\s,.]/g, '');
  if (wanted !== null && typed !== wanted) {
    const message = `Type ${wanted}, the number of PBXs, to confirm.`;
    throw new UserError('invalid', message, { field: 'confirmation' });
  }
  await releaseSweep(ctx, sweep, { ...person, source });
  showNow(ctx, sweep);
  const what = settingsOn(sweep.hold.writes, sweep.hold.pbxs);
  return notice('Released', [`Sweep #${sweep.number} corrects ${what} now. Its report shows how it ends.`]);
}

async function dismiss(
  { ctx, person, source, reply }: ActionInput | CommandInput,
  sweep: HeldSweep,
): Promise<void> {
  await dismissSweep(ctx, sweep, { ...person, source });
  const what = settingsOn(sweep.hold.writes, sweep.hold.pbxs);
  await reply(
    answer(`Sweep #${sweep.number} is dismissed: ${what} stays as it is until the next sweep looks.`),
  );
}

/** The buttons go at once, however long the writing takes. */
function showNow(ctx: Ctx, { id }: Sweep): void {
  ctx.announce
    .sweep(id)
    .catch((error: unknown) => ctx.log.warn({ err: error, sweep: id }, 'a release could not be shown yet'));
}

async function planOf(ctx: Ctx, sweep: Sweep): Promise<readonly PlannedRule[]> {
  const parts = await findReportParts(ctx.db, sweep.id, () => '');
  return heldPlan([...parts.values()].flatMap(({ notable }) => notable));
}

async function heldWithId(ctx: Ctx, id: string): Promise<HeldSweep> {
  const sweep = await findSweep(ctx.db, id);
  return getHeldSweep(ctx, sweep?.number ?? 0);
}

async function heldNamed({ ctx, words }: CommandInput, usage: string): Promise<HeldSweep> {
  const [word] = words.args;
  if (word === undefined) return getHeldSweep(ctx);
  const number = /^#?(\d{1,9})$/.exec(word)?.[1];
  if (number !== undefined) return getHeldSweep(ctx, Number(number));
  throw new UserError('invalid', `“${word}” is no sweep’s number.`, {
    field: 'sweep',
    mend: `Usage: ${usage}`,
  });
}
