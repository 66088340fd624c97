import { isRevertible } from '../../changes/revert.js';
import type { ChangeRequest } from '../../changes/request.js';
import { hasParts } from './change-words.js';
import { actions, type Block, button } from './kit.js';

type Button = ReturnType<typeof button>;

/**
 * The buttons a request has as it stands. Those that decide carry the round they were shown in, so that a click on an
 * older card decides nothing.
 */
export function changeButtons(request: ChangeRequest, hasBreakGlass: boolean): Block[] {
  const deciding = decidingButtons(request, hasBreakGlass);
  return [...(deciding.length === 0 ? [] : [actions(...deciding)]), lookingButtons(request)];
}

/** The buttons that only show more of a request. */
export function lookingButtons(request: ChangeRequest): Block {
  return actions(...(hasParts(request.content) ? [partsButton(request)] : []), jsonButton(request));
}

function decidingButtons(request: ChangeRequest, hasBreakGlass: boolean): readonly Button[] {
  if (request.state === 'pending') return pendingButtons(request, hasBreakGlass);
  const of = `request ${request.number}`;
  const { id, review } = request;
  if (request.state === 'approved') return [withdrawButton(request)];
  return [
    ...(review?.state === 'open'
      ? [
          button('change.review', 'Close the review', id, {
            style: 'primary',
            label: `Close the review of ${of}`,
          }),
        ]
      : []),
    ...(isEnded(request) && isRevertible(request)
      ? [button('change.revert', 'Revert', id, { label: `Ask to revert ${of}` })]
      : []),
  ];
}

function pendingButtons(request: ChangeRequest, hasBreakGlass: boolean): readonly Button[] {
  const of = `request ${request.number}`;
  const value = shownAs(request);
  const { content, blocked } = request;
  const isEditable = content.kind === 'settings' && content.reverts === undefined;
  const isApprovable = blocked === null;
  return [
    ...(isApprovable
      ? [button('change.approve', 'Approve', value, { style: 'primary', label: `Approve ${of}` })]
      : []),
    button('change.deny', 'Deny', value, { style: 'danger', label: `Deny ${of}` }),
    ...(isEditable ? [button('change.edit', 'Edit', value, { label: `Edit ${of}` })] : []),
    withdrawButton(request),
    ...(hasBreakGlass && isApprovable
      ? [
          button('change.break-glass', 'Break glass…', value, {
            style: 'danger',
            label: `Break glass: apply ${of} at once, without approval`,
          }),
        ]
      : []),
  ];
}

function withdrawButton(request: ChangeRequest): Button {
  return button('change.withdraw', 'Withdraw', shownAs(request), {
    label: `Withdraw request ${request.number}`,
  });
}

function partsButton({ id, number }: ChangeRequest): Button {
  return button('change.parts', 'Values per PBX', id, { label: `Values per PBX of request ${number}` });
}

function jsonButton({ id, number }: ChangeRequest): Button {
  return button('change.json', 'Show JSON', id, { label: `Show JSON of request ${number}` });
}

function isEnded({ state }: ChangeRequest): boolean {
  return state === 'applied' || state === 'failed';
}

function shownAs({ id, round }: ChangeRequest): string {
  return `${id}.${round}`;
}
