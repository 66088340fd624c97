import { z } from 'zod';
import type { Environment } from './config-env.js';
import { gatherFaults, variableFault } from './config-faults.js';
import { type ConfigFile, readSection, refuseTwice } from './config-file.js';
import { PERSON_MEND } from './config-places.js';
import type { Roles } from './ctx.js';

/** Slack docs: the id of a user begins with U or W, that of a user group with S. */
export const SLACK_ID = /^[UWS][A-Z0-9]{2,}$/;

/** What is wrong with an entry that is none. */
export const NOT_AN_ID = 'is not a Slack user id or user group id';

const Ids = z.array(
  z.string().regex(SLACK_ID, { error: ({ input }) => `is “${String(input)}”, which ${NOT_AN_ID}` }),
);

export const RolesSection = z.strictObject({
  admins: Ids.optional().describe('Who administers: Slack user ids and user group ids.'),
  approvers: Ids.optional().describe('Whose approval counts; default the admins.'),
  requesters: Ids.optional().describe('Who may ask for changes; everyone where it is empty.'),
  breakGlass: Ids.optional().describe(
    'Who may apply a change at once, before anybody approves it; nobody where it is empty.',
  ),
});

const MENDS = {
  admins: PERSON_MEND,
  approvers: PERSON_MEND,
  requesters: PERSON_MEND,
  breakGlass: PERSON_MEND,
};

const VARIABLES = {
  admins: 'PLUMBLINE_ADMINS',
  approvers: 'PLUMBLINE_APPROVERS',
  requesters: 'PLUMBLINE_REQUESTERS',
  breakGlass: 'PLUMBLINE_BREAK_GLASS',
} as const satisfies Record<keyof Roles, keyof Environment>;

/**
 * Who holds which role, each from the environment or from the file; admins approve where no approvers are named. Throws
 * `UserErrors` for a role given twice and for whatever is not a Slack id.
 */
export function readRoles(vars: Environment, file: ConfigFile): Roles {
  const faults = gatherFaults();
  const section = faults.attempt(() => readSection(file, 'roles', RolesSection, MENDS)) ?? {};
  const idsOf = (role: keyof Roles): readonly string[] =>
    faults.attempt(() => {
      const name = VARIABLES[role];
      refuseTwice(file, name, vars[name], `roles.${role}`, section[role]);
      return section[role] ?? idsOfVariable(name, vars[name] ?? '');
    }) ?? [];
  const [admins, approvers] = [idsOf('admins'), idsOf('approvers')];
  const roles = {
    admins,
    approvers: approvers.length > 0 ? approvers : admins,
    requesters: idsOf('requesters'),
    breakGlass: idsOf('breakGlass'),
  };
  faults.raise();
  return roles;
}

function idsOfVariable(name: string, text: string): readonly string[] {
  const ids = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  const faults = gatherFaults();
  for (const id of ids.filter((entry) => !SLACK_ID.test(entry))) {
    faults.keep(variableFault(name, `names “${id}”, which ${NOT_AN_ID}`, PERSON_MEND));
  }
  faults.raise();
  return ids;
}
