import { jsonContent } from '../changes/request-json.js';
import { listRequests } from '../changes/queries.js';
import type { ChangeRequest, Content } from '../changes/request.js';
import { jsonOutcome } from '../fleet/outcome.js';
import { getSetting } from '../settings/catalogue.js';
import { formatValue } from '../settings/kind.js';
import {
  actorWords,
  examples,
  printJson,
  printLines,
  type Shell,
  table,
  wholeNumber,
  withPlumbline,
} from './command.js';

interface RequestsOptions {
  readonly limit: number;
  readonly json?: true;
}

/** `plumbline requests`: what was asked for, and what became of it. */
export function addRequests(shell: Shell): void {
  shell.program
    .command('requests')
    .description('Show what was asked for and what became of it, newest first.')
    .option('--limit <number>', 'how many', wholeNumber(1), 20)
    .option('--json', 'as JSON; pictures as type, size and hash')
    .addHelpText('after', examples('requests', 'requests --limit 100 --json'))
    .action((options: RequestsOptions) => list(shell, options));
}

function list(shell: Shell, options: RequestsOptions): Promise<void> {
  return withPlumbline(shell, async ({ ctx }) => {
    const requests = await listRequests(ctx.db, { limit: options.limit });
    if (options.json === true) printJson(shell.world, requests.map(jsonRequest));
    else printLines(shell.world, table(requests.map(cellsOf)));
    return 0;
  });
}

function jsonRequest(request: ChangeRequest): Readonly<Record<string, unknown>> {
  const { content, outcomes } = request;
  return { ...request, content: jsonContent(content), outcomes: outcomes?.map(jsonOutcome) ?? null };
}

function cellsOf(request: ChangeRequest): readonly string[] {
  const { number, state, createdAt, pbxId, requestedBy, content, reason } = request;
  return [`#${number}`, state, createdAt, pbxId, actorWords(requestedBy), contentWords(content), reason];
}

function contentWords(content: Content): string {
  if (content.kind === 'baseline') return `baseline, ${content.rules.length} rules`;
  const steps = content.items.map(({ key, before, value }) => {
    const setting = getSetting(key);
    return `${key} ${formatValue(setting, before)} → ${formatValue(setting, value)}`;
  });
  return steps.join('; ');
}
