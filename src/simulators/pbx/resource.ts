import { shownTo } from './console-restrictions.js';
import { takeFault } from './faults.js';
import { complaintsOf, isRecord, type Properties, storedForm, type Stored } from './model.js';
import { entity, odataError, refusal } from './odata.js';
import { type PbxState, store } from './pbx.js';
import type { Answer, Call } from './types.js';

/** Answers GET and PATCH of a singleton that holds settings. */
export function answerResource(
  pbx: PbxState,
  name: string,
  properties: Properties,
  call: Call,
  user: string,
): Answer {
  if (call.method === 'GET') return entity(call.base, name, shownTo(pbx, name, call.ip), call.query);
  if (call.method !== 'PATCH') return { status: 405, headers: { Allow: 'GET, PATCH' } };
  const patch = patchIn(call);
  if ('status' in patch) return patch;
  const complaints = complaintsOf(properties, patch.properties, pbx.version);
  if (complaints.length > 0) return refusal(complaints);
  return write(pbx, name, properties, patch.properties, { user, ip: call.ip, isByHand: false });
}

function patchIn(call: Call): Answer | { readonly properties: Stored } {
  if (call.body === '') return odataError(400, 'The request must have a body.');
  if (!/^application\/json\b/i.test(call.contentType))
    return odataError(415, 'Send the body as application/json.');
  try {
    const body: unknown = JSON.parse(call.body);
    if (isRecord(body)) return { properties: body };
  } catch {
    return odataError(400, 'The body is not valid JSON.');
  }
  return odataError(400, 'The body must be a JSON object.');
}

function write(
  pbx: PbxState,
  name: string,
  properties: Properties,
  patch: Stored,
  author: { readonly user: string; readonly ip: string; readonly isByHand: false },
): Answer {
  const fault = takeFault(pbx.faults, ['not-stored', 'rewritten', 'reply-lost'], 'write', name);
  if (fault?.kind === 'not-stored') return { status: 204, fault: fault.kind };
  store(pbx, name, storedForm(properties, { ...patch, ...fault?.rewrite }), author);
  if (fault === undefined) return { status: 204, isStored: true };
  const answer = { status: 204, isStored: true, fault: fault.kind };
  return fault.kind === 'reply-lost' ? { ...answer, cut: 'before' } : answer;
}
