import { listRequests, type RequestFilter } from '../changes/queries.js';
import { jsonRequest } from '../changes/request-json.js';
import type { ChangeRequest } from '../changes/request.js';
import { openStates, type State, states } from '../changes/transitions.js';
import type { Ctx } from '../ctx.js';
import { UserError } from '../errors.js';
import { getPbx } from '../fleet/pbx.js';
import { nearest } from '../settings/suggest.js';
import {
  actorWords,
  examples,
  printJson,
  printLines,
  requestNumber,
  type Shell,
  notice,
  table,
  wholeNumber,
  withPlumbline,
} from './command.js';
import { addRequestShow } from './request-show.js';
import { breakGlassWords, contentWords, plain } from './words.js';

interface RequestsOptions {
  readonly state?: string;
  readonly pbx?: string;
  readonly open?: true;
  readonly reviews?: true;
  readonly before?: number;
  readonly limit: number;
  readonly json?: true;
}

/** `plumbline requests`: what was asked for, and what became of it; below it `show` for a single one. */
export function addRequests(shell: Shell): void {
  const requests = shell.program
    .command('requests')
    .description('Show what was asked for and what became of it, newest first.')
    .option('--state <states>', `only these, with commas between them: ${states.join(', ')}`)
    .option('--open', 'only those that have not come to their end')
    .option('--reviews', 'only those applied by break-glass whose review is open')
    .option('--pbx <id>', 'only those that are about this PBX')
    .option('--before <number>', 'only older ones than this request: the next page', requestNumber)
    .option('--limit <number>', 'how many', wholeNumber(1), 20)
    .option('--json', 'as JSON; pictures as type, size and hash')
    .addHelpText(
      'after',
      examples(
        'requests',
        'requests --open',
        'requests --state denied,expired --pbx hq',
        'requests --reviews',
        'requests --before 81 --limit 100 --json',
        'requests show 12',
      ),
    )
    .action((options: RequestsOptions) => list(shell, options));
  addRequestShow(shell, requests);
}

function list(shell: Shell, options: RequestsOptions): Promise<void> {
  const { world } = shell;
  const wanted = statesOf(options);
  return withPlumbline(shell, async ({ ctx }) => {
    const requests = await listRequests(ctx.db, filterOf(ctx, options, wanted));
    if (options.json === true) printJson(world, requests.map(jsonRequest));
    else printLines(world, table(requests.map(cellsOf)));
    const last = requests.at(-1);
    if (last !== undefined && last.number > 1 && requests.length === options.limit) {
      notice(world, [`Older ones: --before ${last.number}`]);
    }
    return 0;
  });
}

function filterOf(
  ctx: Pick<Ctx, 'pbxs'>,
  { pbx, reviews, before, limit }: RequestsOptions,
  wanted: readonly State[] | null,
): RequestFilter {
  return {
    limit,
    ...(wanted === null ? {} : { states: wanted }),
    ...(pbx === undefined ? {} : { pbxId: getPbx(ctx, pbx).id }),
    ...(reviews === true ? { isReviewOpen: true } : {}),
    ...(before === undefined ? {} : { before }),
  };
}

function statesOf({ state, open }: RequestsOptions): readonly State[] | null {
  if (state === undefined) return open === true ? openStates : null;
  if (open === true) {
    throw new UserError('invalid', 'Choose --state or --open, not both.', {
      field: '--state',
      mend: `--open means --state ${openStates.join(',')}.`,
    });
  }
  return state.split(',').map(stateOf);
}

function stateOf(text: string): State {
  const word = text.trim().toLowerCase();
  const found = states.find((state) => state === word);
  if (found !== undefined) return found;
  const [guess] = nearest(word, states);
  throw new UserError('invalid', `--state: “${text}” is not a state.`, {
    field: '--state',
    mend: guess === undefined ? `The states are ${states.join(', ')}.` : `Did you mean ${guess}?`,
  });
}

function cellsOf(request: ChangeRequest): readonly string[] {
  const { number, createdAt, target, requestedBy, content, reason } = request;
  const who = actorWords(requestedBy);
  return [`#${number}`, stateCell(request), createdAt, target, who, contentWords(content), plain(reason)];
}

/** The state, and what a reader of the list must not miss. */
function stateCell(request: ChangeRequest): string {
  const { state, round, blocked } = request;
  const marks = [
    ...(round > 1 ? [`round ${round}`] : []),
    ...(blocked !== null && state === 'pending' ? ['must be edited'] : []),
    ...(request.breakGlass === null ? [] : [breakGlassWords(request)]),
  ];
  return marks.length === 0 ? state : `${state} (${marks.join(', ')})`;
}
