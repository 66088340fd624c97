import { z } from 'zod';
import { ruleSchema } from './config-approvals.js';
import { ChannelsSection } from './config-channels.js';
import { Defaults, Pbx } from './config-fleet.js';
import { periodSchema } from './config-periods.js';
import { RolesSection } from './config-roles.js';
import { ScheduleSection } from './config-schedule.js';
import { GuardsSection, SweepSection } from './config-sweep.js';

/** The whole file. A section that is left empty says nothing, like one that is not there; only PBXs are not left empty. */
function wholeFile() {
  return z
    .strictObject({
      defaults: Defaults.nullish().describe('What every PBX has, unless it says otherwise itself.'),
      pbxs: z
        .array(Pbx)
        .min(1)
        .optional()
        .describe('The 3CX systems of the fleet; without them the one of the environment.'),
      roles: RolesSection.nullish().describe(
        'Who may do what. A role stands here or in the environment, not in both.',
      ),
      channels: ChannelsSection.nullish().describe('Where messages go.'),
      schedule: ScheduleSection.nullish().describe('When the sweep runs.'),
      sweep: SweepSection.nullish().describe('How a sweep goes about the fleet.'),
      guards: GuardsSection.nullish().describe('How far a sweep goes before a person must look.'),
      windows: z
        .array(periodSchema(null))
        .nullish()
        .describe('Change windows: where any is for a PBX, sweeps correct it only within one.'),
      freezes: z
        .array(periodSchema(null))
        .nullish()
        .describe('Times in which nothing is written to a PBX; a freeze wins over a window.'),
      approvals: z
        .array(ruleSchema(null))
        .nullish()
        .describe('Who must approve what: of these rules the first that is for a request counts.'),
      stopFile: z
        .string()
        .min(1)
        .nullish()
        .describe('The file whose existence stops all writes; default STOP beside the database.'),
    })
    .describe('The configuration of Plumbline.');
}

/**
 * The JSON Schema of `plumbline.yml`, draft 7, for editors. What the file refers to, such as targets, tags, times and
 * secrets, is checked by Plumbline only.
 */
export function configJsonSchema(): object {
  return { title: 'plumbline.yml', ...z.toJSONSchema(wholeFile(), { io: 'input', target: 'draft-07' }) };
}

/** Made once: it takes longer than all that is looked up in it. */
let wholeSchema: object | undefined;

/** What an entry of the file is for, by its path such as `pbxs.url`. Throws for a path that is not there. */
export function configDescription(path: string): string {
  let at: unknown = (wholeSchema ??= configJsonSchema());
  for (const key of path.split('.')) at = entryOf(at, key);
  const found = typeof at === 'object' && at !== null && 'description' in at ? at.description : undefined;
  if (typeof found !== 'string') throw new Error(`nothing describes ${path}`);
  return found;
}

/** An entry of a group, of each thing in a list of groups, or of either where it may be left empty. */
function entryOf(node: unknown, key: string): unknown {
  if (typeof node !== 'object' || node === null) return undefined;
  if ('properties' in node) return Object.entries(node.properties ?? {}).find(([name]) => name === key)?.[1];
  if ('items' in node) return entryOf(node.items, key);
  if (!('anyOf' in node) || !Array.isArray(node.anyOf)) return undefined;
  return node.anyOf.map((one) => entryOf(one, key)).find((entry) => entry !== undefined);
}
