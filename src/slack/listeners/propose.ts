import type { Petition } from '../../changes/open.js';
import { proposeSettings } from '../../changes/propose.js';
import type { ChangeRequest, Hold } from '../../changes/request.js';
import { UserError, UserErrors } from '../../errors.js';
import type { Ctx } from '../../ctx.js';
import { selectPbxs } from '../../fleet/pbx.js';
import { findLastSeen } from '../../fleet/store.js';
import { type Assignment, parseAssignments } from '../../settings/assignment.js';
import { findObject, findSetting, getSetting } from '../../settings/catalogue.js';
import { imageFromFile } from '../../settings/image.js';
import { compareVersions } from '../../settings/version.js';
import { blockIdOf } from '../blocks/change-form.js';
import { fileBlockId } from '../blocks/form-inputs.js';
import type { Field, FormInput, SlackTools, SubmittedFile } from '../conversation.js';
import { parseUntil } from '../../baseline/until.js';

const OWN_BLOCKS = ['reason', 'hold', 'until', 'confirmation'];
const FILE = /:file$/;

/** What a submitted change form asks of a target, proposed. Throws `UserError` whose fields are the form's inputs. */
export async function proposeFromForm(
  input: FormInput,
  target: string,
  urgency: Pick<Petition, 'isEmergency'> = {},
): Promise<ChangeRequest> {
  const { ctx, person, fields, origin, source } = input;
  const assignments = await assignmentsFrom(input, target, []);
  const reason = valueOf(fields, 'reason');
  return proposeSettings(ctx, {
    ...person,
    ...urgency,
    reason,
    origin,
    source,
    target,
    assignments,
    hold: holdFrom(fields),
  });
}

/** All that was changed in a form, and of `kept` what was not. What is wrong with any of it is thrown together. */
export async function assignmentsFrom(
  input: FormInput,
  target: string,
  kept: readonly Assignment[],
): Promise<readonly Assignment[]> {
  const version = await versionOf(input.ctx, target);
  const changed = await changedAssignments(input, version, kept.length > 0);
  return [...kept.filter(({ key }) => !changed.some((one) => one.key === key)), ...changed];
}

/**
 * The newest 3CX version of the target's PBXs as last seen: what fits none of them is refused in the form, and what does
 * not fit some leaves those out.
 */
async function versionOf(ctx: Ctx, target: string): Promise<string | null> {
  const versions: (string | null)[] = [];
  for (const pbx of selectPbxs(ctx, target))
    versions.push((await findLastSeen(ctx.db, pbx.id))?.version ?? null);
  const known = versions.filter((version) => version !== null);
  return known.toSorted(compareVersions).at(-1) ?? null;
}

/** The input of the form at which an error of a setting is shown. */
export function changeFormBlock(field: string): string {
  if (OWN_BLOCKS.includes(field) || FILE.test(field)) return field;
  return findSetting(field) === undefined ? field : blockIdOf(field);
}

/** All that was changed; what is wrong with any of it is thrown together, each error at its input. */
async function changedAssignments(
  input: FormInput,
  version: string | null,
  mayBeNone: boolean,
): Promise<readonly Assignment[]> {
  const changed = input.fields.filter(({ blockId, isChanged }) => isChanged && !OWN_BLOCKS.includes(blockId));
  if (changed.length === 0 && !mayBeNone) {
    throw new UserError('invalid', 'Nothing is changed yet.', {
      field: 'reason',
      mend: 'Change a setting above, then ask for approval.',
    });
  }
  const assignments: Assignment[] = [];
  const errors: UserError[] = [];
  for (const field of changed) {
    try {
      checkOneSource(field, changed);
      assignments.push(...(await assignmentsOfField(input, field, version)));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      errors.push(...atField(error, field.blockId));
    }
  }
  const [first, ...rest] = errors;
  if (first !== undefined) throw rest.length === 0 ? first : new UserErrors([first, ...rest]);
  return assignments;
}

function checkOneSource({ blockId }: Field, changed: readonly Field[]): void {
  if (!changed.some((other) => other.blockId === fileBlockId(blockId) && other.value === '')) return;
  throw new UserError('invalid', 'There is a file as well as a text.', {
    mend: 'Leave this text as it was, or take the file away.',
  });
}

async function assignmentsOfField(
  input: FormInput,
  { blockId, value, files }: Field,
  version: string | null,
): Promise<readonly Assignment[]> {
  const [file] = files;
  if (file !== undefined) return [await imageAssignment(input, blockId.replace(FILE, ''), file, version)];
  if (value === '' && findObject(blockId) !== undefined) {
    throw new UserError('invalid', `${blockId} cannot be emptied.`, {
      mend: 'Write a JSON object with what is to change, or close the form.',
    });
  }
  return parseAssignments(blockId, value, version);
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

/** The same errors at one input, whatever part of it they name. */
function atField(error: UserError, field: string): readonly UserError[] {
  if (error instanceof UserErrors) return error.errors.flatMap((one) => atField(one, field));
  const mend = error.mend === undefined ? {} : { mend: error.mend };
  return [new UserError(error.code, error.message, { field, ...mend })];
}

/** What is to become of the baseline. Throws `UserError` where the choice and the date do not fit. */
export function holdFrom(fields: readonly Field[]): Hold {
  const kind = valueOf(fields, 'hold');
  const until = valueOf(fields, 'until');
  if (kind === 'exception' && until === '') {
    throw new UserError('invalid', 'An exception needs an end.', { field: 'until', mend: 'Choose a date.' });
  }
  if (kind === 'exception') return { kind: 'exception', untilAt: parseUntil(until) };
  if (until !== '') {
    throw new UserError('invalid', 'There is a date below, which only an exception has.', {
      field: 'hold',
      mend: 'Choose the exception, or take the date away.',
    });
  }
  return { kind: kind === 'baseline' ? 'baseline' : 'none' };
}

/** What an input holds, empty where the form has none of that name. */
export function valueOf(fields: readonly Field[], blockId: string): string {
  return fields.find((field) => field.blockId === blockId)?.value ?? '';
}
