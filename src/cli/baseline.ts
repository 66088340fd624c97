import { Option } from 'commander';
import { captureRules } from '../baseline/capture.js';
import { type Mode, modes } from '../baseline/rules.js';
import { versionOfRequest } from '../baseline/store.js';
import { proposeBaseline } from '../changes/propose-baseline.js';
import { getTarget, pbxOrOnly } from '../fleet/pbx.js';
import { getResource } from '../settings/catalogue.js';
import { addBaselineFiles } from './baseline-files.js';
import { addBaselineReading } from './baseline-reading.js';
import { addBaselineVersions } from './baseline-versions.js';
import { impactIn, impactLines } from './baseline-words.js';
import { examples, operatorOf, printLines, type Shell, notice, withPlumbline } from './command.js';
import { requestWords } from './request-words.js';
import {
  addWaitOptions,
  requestExitCode,
  resumeRequests,
  settleRequest,
  type WaitOptions,
} from './settle.js';

interface CaptureOptions extends WaitOptions {
  readonly pbx?: string;
  readonly resource?: readonly string[];
  readonly except?: readonly string[];
  readonly for?: string;
  readonly mode: Mode;
  readonly reason?: string;
}

/** `plumbline baseline`: take, show and export what the PBXs are held to. */
export function addBaseline(shell: Shell): void {
  const baseline = shell.program
    .command('baseline')
    .description('Take, show, compare and replace what the PBXs are held to.')
    .addHelpText('after', examples('baseline capture', 'baseline show', 'baseline export > baseline.yml'));
  const capture = baseline
    .command('capture')
    .description('Make the settings of a PBX, as they are now, the next baseline version.')
    .argument('[settings...]', 'only these settings; default all')
    .option('--pbx <id>', 'the PBX to read, where there are several')
    .option('--resource <names...>', 'only the settings of these resources, such as GeneralSettingsForApps')
    .option('--except <names...>', 'leave out these settings or resources, such as ConsoleRestrictions')
    .option('--for <target>', 'what the rules hold for: a PBX, tag:NAME or all (default: the PBX itself)')
    .addOption(new Option('--mode <mode>', 'what to do about drift').choices(modes).default('enforce'))
    .option('--reason <text>', 'why, for approvers and the audit log');
  addWaitOptions(capture)
    .addHelpText('after', CAPTURE_EXAMPLES)
    .action((keys: readonly string[], options: CaptureOptions) => captureBaseline(shell, keys, options));
  addBaselineReading(shell, baseline);
  addBaselineFiles(shell, baseline);
  addBaselineVersions(shell, baseline);
}

function captureBaseline(shell: Shell, keys: readonly string[], options: CaptureOptions): Promise<void> {
  const { world } = shell;
  return withPlumbline(shell, async (app) => {
    const { ctx } = app;
    const pbx = pbxOrOnly(ctx, options.pbx);
    const target = getTarget(ctx, options.for ?? pbx.id);
    await resumeRequests(app);
    const { resource = [], except = [], mode } = options;
    const names = [...keys, ...resource.map((name) => getResource(name).name)];
    const { rules, observation } = await captureRules(ctx, pbx, { keys: names, except, mode, target });
    const reason = options.reason ?? `captured from ${pbx.id} by ${world.user}`;
    const proposed = await proposeBaseline(ctx, {
      ...operatorOf(world),
      reason,
      target: pbx.id,
      rules,
      known: [observation],
    });
    notice(world, impactLines(impactIn(proposed)));
    const request = await settleRequest(world, app, proposed, options);
    const version = await versionOfRequest(ctx.db, proposed.id);
    if (version !== undefined) {
      printLines(world, [`Baseline v${version} holds ${rules.length} settings of ${pbx.id} for ${target}.`]);
    }
    const words = requestWords(request, options);
    if (request.state === 'pending') printLines(world, words);
    else notice(world, words);
    return requestExitCode(request, options);
  });
}

const CAPTURE_EXAMPLES = examples(
  'baseline capture',
  'baseline capture AvatarStyle EnableChat --for all',
  'baseline capture --pbx hq --resource GeneralSettingsForApps --for all',
  'baseline capture --pbx hq --except ConsoleRestrictions FirstName',
  'baseline capture --pbx hq --for tag:emea --mode report --reason "as audited in May"',
);
