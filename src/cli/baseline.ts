import { Option } from 'commander';
import { captureRules } from '../baseline/capture.js';
import { type Mode, modes } from '../baseline/rules.js';
import { versionOfRequest } from '../baseline/store.js';
import { proposeBaseline } from '../changes/propose.js';
import { pbxOrOnly, selectPbxs } from '../fleet/pbx.js';
import { addBaselineReading } from './baseline-reading.js';
import { examples, operatorOf, printLines, type Shell, withPlumbline } from './command.js';
import { requestWords } from './request-words.js';
import {
  addWaitOptions,
  requestExitCode,
  resumeRequests,
  settleRequest,
  type WaitOptions,
} from './settle.js';
import type { Opened } from './world.js';

interface CaptureOptions extends WaitOptions {
  readonly pbx?: string;
  readonly for?: string;
  readonly mode: Mode;
  readonly reason?: string;
}

/** `plumbline baseline`: take, show and export what the PBXs are held to. */
export function addBaseline(shell: Shell): void {
  const baseline = shell.program
    .command('baseline')
    .description('Take, show or export the settings that the PBXs are held to.')
    .addHelpText('after', examples('baseline capture', 'baseline show', 'baseline export > baseline.yml'));
  const capture = baseline
    .command('capture')
    .description('Make the settings of a PBX, as they are now, the next baseline version.')
    .argument('[settings...]', 'only these settings; default all')
    .option('--pbx <id>', 'the PBX to read, where there are several')
    .option('--for <target>', 'what the rules hold for: a PBX, tag:NAME or all (default: the PBX itself)')
    .addOption(new Option('--mode <mode>', 'what to do about drift').choices(modes).default('enforce'))
    .option('--reason <text>', 'why, for approvers and the audit log');
  addWaitOptions(capture)
    .addHelpText('after', CAPTURE_EXAMPLES)
    .action((keys: readonly string[], options: CaptureOptions) => captureBaseline(shell, keys, options));
  addBaselineReading(shell, baseline);
}

function captureBaseline(shell: Shell, keys: readonly string[], options: CaptureOptions): Promise<void> {
  const { world } = shell;
  return withPlumbline(shell, async (app) => {
    const { ctx } = app;
    const pbx = pbxOrOnly(ctx, options.pbx);
    const target = targetOf(app, options.for ?? pbx.id);
    await resumeRequests(app);
    const rules = await captureRules(ctx, pbx, { keys, mode: options.mode, target });
    const reason = options.reason ?? `captured from ${pbx.id} by ${world.user}`;
    const proposed = await proposeBaseline(ctx, { ...operatorOf(world), reason, pbx, rules });
    const request = await settleRequest(world, app, proposed, options);
    const version = await versionOfRequest(ctx.db, proposed.id);
    if (version !== undefined) {
      printLines(world, [`Baseline v${version} holds ${rules.length} settings of ${pbx.id} for ${target}.`]);
    }
    const words = requestWords(request, options);
    if (request.state === 'pending') printLines(world, words);
    else for (const line of words) world.err(`${line}\n`);
    return requestExitCode(request, options);
  });
}

/** The target as rules name it, in the case of the PBX's id. Throws `UserError` where it means no PBX. */
function targetOf({ ctx }: Opened, target: string): string {
  const [first] = selectPbxs(ctx, target);
  return target === 'all' || target.startsWith('tag:') ? target : (first?.id ?? target);
}

const CAPTURE_EXAMPLES = examples(
  'baseline capture',
  'baseline capture AvatarStyle EnableChat --for all',
  'baseline capture --pbx hq --for tag:emea --mode report --reason "as audited in May"',
);
