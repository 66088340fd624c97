import { z } from 'zod';
import type { Environment } from './config-env.js';
import { fileFault, gatherFaults } from './config-faults.js';
import { type ConfigFile, givenIn, type PbxConfig, readSection } from './config-file.js';
import { CHANNEL_MEND } from './config-places.js';
import { CHANNEL_ID, tagsOf } from './config-values.js';

/** Where messages go; null where nothing says it. */
export interface Channels {
  readonly approvals: string | null;
  readonly reports: string | null;
  /** Where reports about the PBXs of a tag go instead, by tag. */
  readonly tags: Readonly<Record<string, string>>;
}

const Channel = z.string().meta({ pattern: CHANNEL_ID.source });

export const ChannelsSection = z.strictObject({
  approvals: Channel.optional().describe('The id of the channel in which requests wait for approval.'),
  reports: Channel.optional().describe(
    'The id of the channel for reports; default the one in which requests wait.',
  ),
  tags: z
    .record(z.string(), Channel)
    .optional()
    .describe('Channels for reports about the PBXs of a tag, such as {emea: C0123456789}.'),
});

const MENDS = { approvals: CHANNEL_MEND, reports: CHANNEL_MEND, tags: 'Write it as {emea: C0123456789}.' };

/**
 * Where messages go, from the environment or the file. Throws `UserErrors` for what is no channel id or no tag. `pbxs` are
 * null where they have faults of their own.
 */
export function readChannels(
  vars: Environment,
  file: ConfigFile,
  pbxs: readonly PbxConfig[] | null,
): Channels {
  const section = readSection(file, 'channels', ChannelsSection, MENDS);
  const faults = gatherFaults();
  const channel = (name: keyof Environment, key: 'approvals' | 'reports'): string | null =>
    faults.attempt(() => {
      const given = givenIn(vars, name, file, `channels.${key}`, section[key]);
      if (given === null || CHANNEL_ID.test(given.value)) return given?.value ?? null;
      throw given.fault(notAnId(given.value), CHANNEL_MEND);
    });
  const channels = {
    approvals: channel('PLUMBLINE_APPROVALS_CHANNEL', 'approvals'),
    reports: channel('PLUMBLINE_REPORTS_CHANNEL', 'reports'),
    tags: section.tags ?? {},
  };
  const tags = pbxs === null ? null : tagsOf(pbxs);
  for (const [tag, id] of Object.entries(channels.tags)) {
    const at = `channels.tags.${tag}`;
    if (!CHANNEL_ID.test(id)) faults.keep(fileFault(file.path, at, notAnId(id), CHANNEL_MEND));
    if (tags === null || tags.includes(tag)) continue;
    const mend =
      tags.length === 0 ? 'No PBX has any tag.' : `Known tags are ${tags.slice(0, 20).join(', ')}.`;
    faults.keep(fileFault(file.path, at, 'names a tag that no PBX has', mend));
  }
  faults.raise();
  return channels;
}

function notAnId(value: string): string {
  return `is “${value}”, which is not a Slack channel id`;
}
