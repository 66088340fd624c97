import { type Fields, isFields } from './json.js';
import { blockProblems, viewProblems } from './block-kit.js';

/** A Web API call that Slack answers with `ok: false`. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: string;
  readonly messages: readonly string[];

  constructor(code: string, messages: readonly string[] = []) {
    super(code);
    this.code = code;
    this.messages = messages;
  }
}

/** The blocks of a message, checked as Slack does; throws `invalid_blocks` or `msg_blocks_too_long`. */
export function messageBlocks(value: unknown): readonly Fields[] | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (!Array.isArray(value)) throw new Refusal('invalid_blocks_format');
  const problems = blockProblems('message', value);
  if (problems.includes('msg_blocks_too_long')) throw new Refusal('msg_blocks_too_long');
  if (problems.length > 0) throw new Refusal('invalid_blocks', problems);
  return value.filter(isFields);
}

/** A view, checked as Slack does; throws `invalid_arguments` or `view_too_large` (over 250 kB). */
export function checkedView(value: unknown, type: 'modal' | 'home'): Fields {
  if (!isFields(value)) throw new Refusal('invalid_arguments', ['[ERROR] missing required field: view']);
  if (value['type'] !== type) {
    const problem = `[ERROR] unsupported type: ${String(value['type'])} [json-pointer:/view/type]`;
    throw new Refusal('invalid_arguments', [problem]);
  }
  if (Buffer.byteLength(JSON.stringify(value)) > 250_000) throw new Refusal('view_too_large');
  const problems = viewProblems(value);
  if (problems.length > 0) throw new Refusal('invalid_arguments', problems);
  return value;
}
