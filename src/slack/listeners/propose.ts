import { proposeSettings } from '../../changes/propose.js';
import type { ChangeRequest, Hold } from '../../changes/request.js';
import { UserError, UserErrors } from '../../errors.js';
import { findLastSeen } from '../../fleet/store.js';
import { type Assignment, parseAssignments } from '../../settings/assignment.js';
import { getSetting } from '../../settings/catalogue.js';
import { imageFromFile } from '../../settings/image.js';
import { blockIdOf, type FormMetadata } from '../blocks/change-form.js';
import type { Field, FormInput, SlackTools, SubmittedFile } from '../conversation.js';
import { getPbx } from '../../fleet/pbx.js';
import { parseUntil } from '../words.js';

/** What a submitted change form asks for, proposed. Throws `UserError` whose fields are the form's inputs. */
export async function proposeFromForm(input: FormInput): Promise<ChangeRequest> {
  const { ctx, person, fields, origin } = input;
  const { pbxId, presets }: FormMetadata = JSON.parse(input.metadata);
  const pbx = getPbx(ctx, pbxId);
  const version = (await findLastSeen(ctx.db, pbx.id))?.version ?? null;
  const assignments = await assignmentsOf(input, new Set(Object.keys(presets).map(blockKey)), version);
  const reason = valueOf(fields, 'reason');
  return proposeSettings(ctx, { ...person, reason, origin, pbx, assignments, hold: holdOf(fields) });
}

async function assignmentsOf(
  input: FormInput,
  preset: ReadonlySet<string>,
  version: string | null,
): Promise<readonly Assignment[]> {
  const changed = input.fields.filter(
    ({ blockId, initial, value, files }) =>
      !['reason', 'hold', 'until'].includes(blockId) &&
      (files.length > 0 || value !== initial || preset.has(blockId)),
  );
  if (changed.length === 0) {
    throw new UserError('invalid', 'Nothing is changed yet.', {
      field: 'reason',
      mend: 'Change a setting first.',
    });
  }
  const assignments: Assignment[] = [];
  const errors: UserError[] = [];
  for (const field of changed) {
    try {
      assignments.push(...(await assignmentsOfField(input, field, version)));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      errors.push(new UserError(error.code, error.message, { field: field.blockId, ...mendOf(error) }));
    }
  }
  const [first, ...rest] = errors;
  if (first !== undefined) throw rest.length === 0 ? first : new UserErrors([first, ...rest]);
  return assignments;
}

async function assignmentsOfField(
  input: FormInput,
  field: Field,
  version: string | null,
): Promise<readonly Assignment[]> {
  const [file] = field.files;
  if (file === undefined) return parseAssignments(field.blockId, field.value, version);
  return [await imageAssignment(input, field.blockId.replace(/:file$/, ''), file, version)];
}

async function imageAssignment(
  { download }: SlackTools,
  key: string,
  file: SubmittedFile,
  version: string | null,
): Promise<Assignment> {
  const setting = getSetting(key);
  if (setting.kind !== 'image')
    throw new UserError('invalid', `${setting.label} takes no file.`, { field: key });
  return { key: setting.key, value: imageFromFile(setting, await download(file.url), version) };
}

function holdOf(fields: readonly Field[]): Hold {
  const kind = valueOf(fields, 'hold');
  if (kind === 'baseline') return { kind: 'baseline' };
  if (kind !== 'exception') return { kind: 'none' };
  const until = valueOf(fields, 'until');
  if (until !== '') return { kind: 'exception', untilAt: parseUntil(until) };
  throw new UserError('invalid', 'An exception needs an end.', { field: 'until', mend: 'Choose a date.' });
}

/** The input of the form at which an error of a setting is shown. */
export function changeFormBlock(field: string): string {
  if (['reason', 'hold', 'until'].includes(field) || field.endsWith(':file')) return field;
  return blockKey(field);
}

function blockKey(key: string): string {
  try {
    return blockIdOf(key);
  } catch {
    return key;
  }
}

function valueOf(fields: readonly Field[], blockId: string): string {
  return fields.find((field) => field.blockId === blockId)?.value ?? '';
}

function mendOf(error: UserError): { mend?: string } {
  if (error instanceof UserErrors) return {};
  return error.mend === undefined ? {} : { mend: error.mend };
}
