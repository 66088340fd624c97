import { decideChange } from '../../changes/decide.js';
import { judgeVoter } from '../../changes/judge.js';
import { jsonContent } from '../../changes/request-json.js';
import { getRequest } from '../../changes/queries.js';
import type { ChangeRequest } from '../../changes/request.js';
import { isFinal } from '../../changes/transitions.js';
import { UserError } from '../../errors.js';
import { jsonOutcome } from '../../fleet/outcome.js';
import { answer, jsonView } from '../blocks/answers.js';
import { stateWords } from '../blocks/change-words.js';
import { modal, plain, section, type View } from '../blocks/kit.js';
import type { Conversation } from '../conversation.js';
import { openView } from '../open-modal.js';

const DENY_FORM = 'deny.form';

/** Deciding requests: the buttons of their cards. */
export const decisions: Conversation = {
  actions: [
    {
      id: 'change.approve',
      run: async ({ ctx, value, person, reply }) => {
        const decision = { ...person, requestId: value, verdict: 'approve', reason: null } as const;
        const request = await decideChange(ctx, decision);
        await reply(answer(`You approved request #${request.number}. The card shows what becomes of it.`));
      },
    },
    {
      id: 'change.deny',
      run: async ({ ctx, client, value, person, triggerId }) => {
        const request = await getRequest(ctx.db, value);
        const voter = judgeVoter(request, person.actor, person.roles);
        if (voter.verdict === 'refused') throw new UserError('forbidden', voter.because);
        if (request.state !== 'pending') {
          throw new UserError('conflict', `Request #${request.number} is ${stateWords(request)} already.`);
        }
        await openView({ client, triggerId, log: ctx.log }, denyForm(request));
      },
    },
    {
      id: 'change.json',
      run: async ({ ctx, client, value, triggerId }) => {
        const request = await getRequest(ctx.db, value);
        await openView({ client, triggerId, log: ctx.log }, requestJson(request));
      },
    },
  ],
  forms: [
    {
      callbackId: DENY_FORM,
      run: async ({ ctx, person, fields, metadata }) => {
        const reason = fields.find(({ blockId }) => blockId === 'reason')?.value ?? '';
        await decideChange(ctx, { ...person, requestId: metadata, verdict: 'deny', reason });
        return null;
      },
    },
  ],
};

function denyForm(request: ChangeRequest): View {
  return modal(
    `Deny request #${request.number}`,
    [
      section('The person who asked and the audit log see your reason.'),
      {
        type: 'input',
        block_id: 'reason',
        label: plain('Reason'),
        element: { type: 'plain_text_input', action_id: 'value', multiline: true, max_length: 2000 },
      },
    ],
    { callbackId: DENY_FORM, submit: 'Deny', close: 'Cancel', metadata: request.id },
  );
}

/** The whole resource as the PBX had it afterwards; where there is none, what was asked for and how it ended. */
function requestJson(request: ChangeRequest): View {
  const { number, result, outcomes, content, state, failure } = request;
  const title = `Request #${number}`;
  if (result !== null)
    return jsonView(title, result, 'The whole resource, read back from the PBX afterwards.');
  const value = {
    state,
    content: jsonContent(content),
    ...(isFinal(state) ? { outcomes: outcomes?.map(jsonOutcome) ?? null, failure } : {}),
  };
  return jsonView(title, value, `This request is ${stateWords(request)}.`);
}
