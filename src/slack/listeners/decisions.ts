import { decideChange } from '../../changes/decide.js';
import { judgeVoter } from '../../changes/judge.js';
import { jsonContent } from '../../changes/propose.js';
import { getRequest } from '../../changes/queries.js';
import type { ChangeRequest } from '../../changes/request.js';
import { UserError } from '../../errors.js';
import { jsonOutcome } from '../../fleet/outcome.js';
import { answer, jsonView } from '../blocks/answers.js';
import { stateWords } from '../blocks/change-card.js';
import { modal, section, type View } from '../blocks/kit.js';
import type { Conversation } from '../conversation.js';

const DENY_FORM = 'deny.form';

/** Deciding requests: the buttons of their cards. */
export const decisions: Conversation = {
  actions: [
    {
      id: 'change.approve',
      run: async ({ ctx, value, person, reply }) => {
        const request = await decideChange(ctx, {
          ...person,
          requestId: value,
          verdict: 'approve',
          reason: null,
        });
        await reply(answer(`You approved request #${request.number}.`));
      },
    },
    {
      id: 'change.deny',
      run: async ({ ctx, client, value, person, triggerId }) => {
        const request = await getRequest(ctx.db, value);
        const voter = judgeVoter(request, person.actor, person.roles);
        if (voter.verdict === 'refused') throw new UserError('forbidden', voter.because);
        await client.views.open({ trigger_id: triggerId, view: denyForm(request) });
      },
    },
    {
      id: 'change.json',
      run: async ({ ctx, client, value, triggerId }) => {
        await client.views.open({
          trigger_id: triggerId,
          view: requestJson(await getRequest(ctx.db, value)),
        });
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
      section('The requester and the audit log see your reason.'),
      {
        type: 'input',
        block_id: 'reason',
        label: { type: 'plain_text', text: 'Reason' },
        element: { type: 'plain_text_input', action_id: 'value', multiline: true, max_length: 2000 },
      },
    ],
    { callbackId: DENY_FORM, submit: 'Deny', close: 'Cancel', metadata: request.id },
  );
}

function requestJson(request: ChangeRequest): View {
  const title = `Request #${request.number}`;
  if (request.result !== null)
    return jsonView(title, request.result, 'The whole resource as the PBX has it now, read back.');
  const outcomes = request.outcomes?.map(jsonOutcome) ?? null;
  const value = {
    state: request.state,
    content: jsonContent(request.content),
    outcomes,
    failure: request.failure,
  };
  return jsonView(title, value, `This request is ${stateWords(request)}.`);
}
