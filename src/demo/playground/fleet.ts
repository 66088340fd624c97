import type { Rule } from '../../baseline/rules.js';
import type { PbxSeed } from '../../simulators/pbx/server.js';
import type { ChannelSeed, PersonSeed } from '../../simulators/slack/server.js';
import { ANN, APPROVALS, BEN, CLEO, EVE, REPORTS } from '../world.js';

const VERA = 'U0VERA';
export const GENERAL = 'C0GENERAL';

/** Who can be played, and what they may do. */
export const PEOPLE: readonly (PersonSeed & { readonly part: string })[] = [
  { id: ANN, name: 'ann', realName: 'Ann Admin', part: 'admin: asks for changes, decides those of others' },
  { id: BEN, name: 'ben', realName: 'Ben Approver', part: 'approver' },
  { id: CLEO, name: 'cleo', realName: 'Cleo Approver', part: 'approver' },
  { id: VERA, name: 'vera', realName: 'Vera Viewer', part: 'viewer: sees the channels, may not ask' },
  { id: EVE, name: 'eve', realName: 'Eve Outsider', part: 'outsider: is in #general only' },
];

const INSIDERS = [ANN, BEN, CLEO, VERA];

export const CHANNELS: readonly ChannelSeed[] = [
  { id: GENERAL, name: 'general' },
  { id: APPROVALS, name: 'pbx-approvals', isPrivate: true, members: INSIDERS },
  { id: REPORTS, name: 'pbx-reports', isPrivate: true, members: INSIDERS },
];

const APPS = 'GeneralSettingsForApps';

/** Four phone systems, one of them on an older 3CX. */
export const PBXS: readonly (PbxSeed & { readonly name: string; readonly tags: readonly string[] })[] = [
  { id: 'hq', name: 'Headquarters', tags: ['emea'] },
  { id: 'berlin', name: 'Berlin', tags: ['emea'] },
  { id: 'madrid', name: 'Madrid', tags: ['emea'] },
  { id: 'lima', name: 'Lima', tags: ['latam'], version: '20.0.8.1109' },
].map((pbx) => ({ ...pbx, values: { [APPS]: { AvatarStyle: 'Square', EnableChat: true } } }));

/** What the fleet is held to when the playground opens. */
export const RULES: readonly Rule[] = [
  {
    key: 'EnableChat',
    value: true,
    mode: 'enforce',
    target: 'all',
    severity: 'warning',
    reason: 'everybody can chat',
  },
  {
    key: 'AvatarStyle',
    value: 'Square',
    mode: 'report',
    target: 'tag:emea',
    severity: 'info',
    reason: 'the old brand is square',
  },
];
