import type { IncomingMessage, ServerResponse } from 'node:http';
import { UserError, type UserErrorCode } from '../../errors.js';
import { type ApiContext, answerJson } from './api.js';
import { readBody } from './body.js';
import { readableState } from './control-state.js';
import { type Fields, fieldsOf, isFields, parsedJson, stringOf } from './json.js';
import type { SlackSimulator } from './simulator.js';
import type { FillValue } from './types.js';

const STATUS: Readonly<Record<UserErrorCode, number>> = {
  invalid: 400,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
};

/**
 * Answers the control interface: `GET state`, `GET events` (server-sent), `POST people/<id>/<act>`,
 * `POST groups/<id>`, `POST faults` and `POST faults/clear`, all JSON.
 */
export async function answerControl(
  context: ApiContext,
  simulator: SlackSimulator,
  path: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const route = `${request.method ?? 'GET'} ${path.join('/')}`;
  if (route === 'GET state') return answerJson(response, 200, readableState(context.workspace));
  if (route === 'GET events') return streamEvents(simulator, response);
  const body = fieldsOf(parsedJson((await readBody(request)).toString()));
  try {
    answerJson(response, 200, await act(simulator, path, body));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    answerJson(response, STATUS[error.code], { error: error.message, field: error.field, mend: error.mend });
  }
}

function streamEvents(simulator: SlackSimulator, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  response.write(': connected\n\n');
  const stop = simulator.onChange((event) => {
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  });
  response.once('close', stop);
}

async function act(simulator: SlackSimulator, path: readonly string[], body: Fields): Promise<unknown> {
  const [collection, id = '', what = ''] = path;
  if (collection === 'faults') return planFault(simulator, id, body);
  if (collection === 'people') return actAs(simulator, id, what, body);
  if (collection === 'groups') return changeGroup(simulator, id, body);
  throw new UserError('not-found', `The control interface has no ${path.join('/')}.`);
}

function planFault({ faults }: SlackSimulator, act: string, body: Fields): Fields {
  if (act === 'clear') {
    faults.clear();
    return { ok: true };
  }
  const method = text(body, 'method');
  const times = typeof body['times'] === 'number' ? body['times'] : 1;
  const error = stringOf(body['error']);
  const { status, retryAfterSeconds, delayMs } = body;
  if (body['loseReply'] === true) faults.loseReply(method, times);
  else if (typeof delayMs === 'number') faults.delay(method, delayMs, times);
  else {
    faults.fail(method, {
      times,
      ...(error === undefined ? {} : { error }),
      ...(typeof status === 'number' ? { status } : {}),
      ...(typeof retryAfterSeconds === 'number' ? { retryAfterSeconds } : {}),
    });
  }
  return { ok: true };
}

function changeGroup(simulator: SlackSimulator, id: string, body: Fields): Fields {
  const { members } = body;
  if (id === '' || !Array.isArray(members)) {
    throw new UserError('invalid', 'The body needs the list "members" with ids of people.', {
      field: 'members',
    });
  }
  simulator.setUserGroup(id, members.map(String));
  return { ok: true };
}

async function actAs(simulator: SlackSimulator, id: string, what: string, body: Fields): Promise<unknown> {
  const person = simulator.person(id);
  switch (what) {
    case 'command':
      return person.command(text(body, 'channel'), text(body, 'line'));
    case 'press':
      return press(simulator, id, body);
    case 'fill':
      person.fill(fillValues(body['values']));
      return { modal: person.modal() };
    case 'submit':
      return person.submit({ skipRequired: body['skipRequired'] === true });
    case 'dismiss':
      await person.dismiss();
      return { ok: true };
    case 'home':
      await person.openHome();
      return { home: simulator.home(id) };
    case 'say':
      return person.say(text(body, 'channel'), text(body, 'text'));
    case 'deactivate':
    case 'reactivate':
      simulator.setPerson(person.id, { deleted: what === 'deactivate' });
      return { ok: true };
    case 'suggest':
      return { options: await person.suggest(text(body, 'field'), stringOf(body['query']) ?? '') };
    default:
      throw new UserError('not-found', `A person cannot ${what}.`, { field: what });
  }
}

function press(simulator: SlackSimulator, id: string, body: Fields): Promise<unknown> {
  const person = simulator.person(id);
  const action = text(body, 'action');
  const choice = stringOf(body['choice']);
  if (body['where'] === 'modal') return person.pressInModal(action, choice);
  if (body['where'] === 'home') return person.pressInHome(action, choice);
  return person.press({ channel: text(body, 'channel'), ts: text(body, 'ts') }, action, choice);
}

function text(body: Fields, field: string): string {
  const value = stringOf(body[field]);
  if (value === undefined) throw new UserError('invalid', `The body needs the text "${field}".`, { field });
  return value;
}

function fillValues(values: unknown): Readonly<Record<string, FillValue>> {
  const entries = Object.entries(fieldsOf(values)).map(
    ([key, value]) => [key, fillValue(key, value)] as const,
  );
  return Object.fromEntries(entries);
}

/** A file is given as `{file: {name, mimetype?, base64}}`; everything else as the JSON value itself. */
function fillValue(key: string, value: unknown): FillValue {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(String);
  const file = isFields(value) ? fieldsOf(value['file']) : {};
  const name = stringOf(file['name']);
  const base64 = stringOf(file['base64']);
  if (name === undefined || base64 === undefined) {
    throw new UserError('invalid', `The value of ${key} is neither text, true or false, a list nor a file.`);
  }
  const mimetype = stringOf(file['mimetype']);
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'));
  return { file: { name, bytes, ...(mimetype === undefined ? {} : { mimetype }) } };
}
