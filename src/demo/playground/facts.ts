import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { resources } from '../../settings/catalogue.js';
import { expects } from '../../settings/kind.js';
import type { Setting } from '../../settings/setting.js';
import type { Facts, SettingFact } from './face.js';
import { GENERAL, PBXS, PEOPLE } from './fleet.js';
import { APPROVALS, REPORTS } from '../world.js';

const MANIFEST = new URL('../../../manifest.yml', import.meta.url);

const manifest = z.object({
  features: z.object({
    slash_commands: z.array(
      z.object({ command: z.string(), description: z.string(), usage_hint: z.string() }),
    ),
  }),
});

/** Reads the manifest, from which the commands are completed as Slack does. Throws where it has none. */
export async function readFacts(run: string): Promise<Facts> {
  const { features } = manifest.parse(parse(await readFile(MANIFEST, 'utf8')));
  return {
    run,
    commands: features.slash_commands.map(({ command, description, usage_hint: hint }) => ({
      command,
      description,
      words: hint.split('|').map((word) => word.trim()),
    })),
    people: PEOPLE.map(({ id, part }) => ({ id, part })),
    pbxs: PBXS.map(({ id, name, tags }) => ({ id, name, tags })),
    channels: { general: GENERAL, approvals: APPROVALS, reports: REPORTS },
    settings: resources.flatMap((resource) =>
      resource.settings.map((setting) => factOf(setting, resource.label)),
    ),
  };
}

function factOf(setting: Setting, resourceLabel: string): SettingFact {
  const { key, resource, label, kind } = setting;
  const options = kind === 'choice' ? setting.options : [];
  return { key, resource, resourceLabel, label, kind, accepts: expects(setting), options };
}
