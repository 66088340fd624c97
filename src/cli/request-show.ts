import type { Command } from 'commander';
import { factsOf } from '../changes/approval.js';
import { judge, type JudgedVote, whoCanApprove } from '../changes/judge.js';
import { getRequestByNumber } from '../changes/queries.js';
import { jsonRequest } from '../changes/request-json.js';
import type { ChangeRequest } from '../changes/request.js';
import type { Ctx } from '../ctx.js';
import { examples, printJson, printLines, requestNumber, type Shell, withPlumbline } from './command.js';
import { requestView, type Standing } from './request-view.js';

/** `plumbline requests show`: everything about one request. */
export function addRequestShow(shell: Shell, requests: Command): void {
  requests
    .command('show')
    .description(
      'Show everything about one request: what it asks, who voted, whom it waits for, how it ended.',
    )
    .argument('<number>', 'the number of the request', requestNumber)
    .option('--json', 'as JSON; pictures as type, size and hash')
    .addHelpText('after', examples('requests show 12', 'requests show 12 --json'))
    .action((number: number, options: { readonly json?: true }) =>
      show(shell, number, options.json === true),
    );
}

function show(shell: Shell, number: number, isJson: boolean): Promise<void> {
  return withPlumbline(shell, async ({ ctx }) => {
    const request = await getRequestByNumber(ctx.db, number);
    const standing = await standingOf(ctx, request);
    if (isJson) printJson(shell.world, jsonView(request, standing));
    else printLines(shell.world, requestView(request, standing));
    return 0;
  });
}

/** A request that is decided is judged as of then: its approvals cannot grow too old any more. */
async function standingOf(ctx: Ctx, request: ChangeRequest): Promise<Standing> {
  const known = await factsOf(ctx, request);
  const decidedAt = request.decidedAt ?? request.finishedAt;
  const facts = decidedAt === null ? known : { ...known, now: new Date(decidedAt) };
  const { votes } = judge(request, facts);
  if (request.state !== 'pending') return { facts, votes, waitsFor: [] };
  const voted = votes.filter(isUnknownApproval).map(({ vote }) => vote.voter);
  const waitsFor = whoCanApprove(request, facts, (group) => [group]).filter((id) => !voted.includes(id));
  return { facts, votes, waitsFor };
}

function isUnknownApproval({ vote, judgement }: JudgedVote): boolean {
  return vote.verdict === 'approve' && judgement.verdict === 'refused' && judgement.refusal === 'unknown';
}

function jsonView(request: ChangeRequest, { votes, waitsFor }: Standing): Readonly<Record<string, unknown>> {
  return {
    ...jsonRequest(request),
    votes: request.votes.map((vote) => ({ ...vote, counts: countsOf(vote, votes) })),
    waitsFor,
  };
}

/** Whether a vote counts; null where that is not known here. */
function countsOf(vote: ChangeRequest['votes'][number], judged: readonly JudgedVote[]): boolean | null {
  const judgement = judged.find((one) => one.vote === vote)?.judgement;
  if (judgement === undefined) return false;
  if (judgement.verdict === 'allowed') return true;
  return judgement.refusal === 'unknown' ? null : false;
}
