import type { Facts, HeldFact } from '../../demo/playground/face.js';
import type { SimRequest } from '../../simulators/pbx/types.js';
import type { SimMessage } from '../../simulators/slack/types.js';
import { changesIn, PLUMBLINE } from '../fleet/audit.js';
import { isSame, wordsFor } from '../fleet/values.js';
import type { PbxState, SlackState } from '../frame/world.js';

export const STEPS = ['view', 'ask', 'approve', 'break', 'report'] as const;
export type StepId = (typeof STEPS)[number];

/** By step what happened, in one sentence; a step that is not there has not happened. */
export type Ticks = Readonly<Partial<Record<StepId, string>>>;

/** Everything that the tour watches. */
export interface Watched {
  readonly facts: Pick<Facts, 'channels' | 'pbxs' | 'settings'>;
  readonly slack: Pick<SlackState, 'messages' | 'people' | 'team'>;
  readonly pbxs: readonly Pick<PbxState, 'id' | 'auditLog' | 'writes'>[];
  readonly held: readonly HeldFact[];
  /** Only what happened after this counts; ISO 8601, UTC. */
  readonly since: string;
  /** The `ts` of the reports that were in front of somebody. */
  readonly read: readonly string[];
}

/** Decides which steps were really done, from what the workspace and the phone systems show. */
export function ticksOf(watched: Watched): Ticks {
  const found: Readonly<Record<StepId, string | undefined>> = {
    view: viewed(watched),
    ask: asked(watched),
    approve: approved(watched),
    break: broken(watched)[0]?.sentence,
    report: reported(watched),
  };
  return Object.fromEntries(
    STEPS.flatMap((step) => (found[step] === undefined ? [] : [[step, found[step]]])),
  );
}

/** The reports in the reports channel, finished ones alone; one under way has another text in the same message. */
export function reportsIn({ facts, slack }: Pick<Watched, 'facts' | 'slack'>): readonly SimMessage[] {
  return slack.messages.filter(
    (message) =>
      message.channel === facts.channels.reports &&
      /^sweep:[^:]+:summary$/.test(keyOf(message)) &&
      message.text.startsWith('Drift report #'),
  );
}

/** The last moment at which anything happened, so that the tour can count what comes after it; ISO 8601, UTC. */
export function lastMoment({ slack, pbxs }: Pick<Watched, 'slack' | 'pbxs'>): string {
  const moments = [
    ...slack.messages.flatMap((message) => [postedAt(message), Date.parse(message.editedAt ?? '')]),
    ...pbxs.flatMap(({ auditLog, writes }) => [
      ...auditLog.map(({ Timestamp }) => Date.parse(Timestamp)),
      ...writes.map(({ at }) => Date.parse(at)),
    ]),
  ].filter((moment) => Number.isFinite(moment));
  return new Date(moments.reduce((last, moment) => Math.max(last, moment), 0)).toISOString();
}

function viewed({ slack, since }: Watched): string | undefined {
  const shown = slack.messages.find(
    (message) =>
      isByBot(slack, message) &&
      isAfter(postedAt(message), since) &&
      message.text.startsWith('Settings of ') &&
      JSON.stringify(message.blocks).includes('"show.json"'),
  );
  if (shown === undefined) return undefined;
  const of = shown.text.split('\n', 1)[0]?.slice('Settings of '.length) ?? '';
  return `${nameOf(slack, shown.ephemeralTo)} was shown settings of ${of}, live.`;
}

function asked({ facts, slack, since }: Watched): string | undefined {
  const card = cardsIn(facts, slack).find((message) => isAfter(postedAt(message), since));
  if (card === undefined) return undefined;
  return `${nameOf(slack, requesterOf(card))} asked, and a card waited in #pbx-approvals. Nothing was changed yet.`;
}

function approved(watched: Watched): string | undefined {
  const { facts, slack, pbxs } = watched;
  for (const card of cardsIn(facts, slack)) {
    const requester = requesterOf(card);
    const other = approversOf(card).find((id) => id !== requester);
    if (requester === undefined || other === undefined) continue;
    const pbx = pbxs.find(({ writes }) => writes.some((write) => isWriteFor(watched, card, write)));
    if (pbx === undefined) continue;
    const name = facts.pbxs.find(({ id }) => id === pbx.id)?.name ?? pbx.id;
    return `${nameOf(slack, other)} approved what ${nameOf(slack, requester)} asked for, and Plumbline wrote it to ${name} and read it back.`;
  }
  return undefined;
}

interface Break {
  readonly at: number;
  readonly sentence: string;
}

/** Where another admin set something that is held to another value than the baseline's. */
function broken({ facts, held, pbxs, since }: Watched): readonly Break[] {
  return pbxs.flatMap(({ id, auditLog }) =>
    auditLog
      .filter(({ UserName, Timestamp }) => UserName !== PLUMBLINE && isAfter(Date.parse(Timestamp), since))
      .flatMap((row) =>
        changesIn(row, facts.settings).flatMap(({ setting, after }) => {
          const rule = held.find(({ pbxId, key }) => pbxId === id && key === setting.key);
          if (rule === undefined || isSame(setting, rule.value, after)) return [];
          const name = facts.pbxs.find((pbx) => pbx.id === id)?.name ?? id;
          const sentence = `${row.UserName} set ${setting.label} of ${name} to ${wordsFor(setting, after)}; the baseline wants ${wordsFor(setting, rule.value)}.`;
          return [{ at: Date.parse(row.Timestamp), sentence }];
        }),
      ),
  );
}

function reported(watched: Watched): string | undefined {
  const first = Math.min(...broken(watched).map(({ at }) => at));
  const report = reportsIn(watched).find(
    (message) => postedAt(message) > first && watched.read.includes(message.ts),
  );
  return report === undefined ? undefined : `It said: ${gist(report)}.`;
}

/** The first line of a report without the counts of what there was none of. */
function gist({ text }: SimMessage): string {
  const [line = ''] = text.split('\n', 1);
  return line
    .split(', ')
    .filter((part) => !part.startsWith('0 '))
    .join(', ');
}

function cardsIn(facts: Watched['facts'], { messages }: Watched['slack']): readonly SimMessage[] {
  return messages.filter(
    (message) => message.channel === facts.channels.approvals && /^change:[^:]+:card$/.test(keyOf(message)),
  );
}

/** A card's first line says where it stands and who approved; the second begins with who asked. */
function approversOf({ text }: SimMessage): readonly string[] {
  const [first = ''] = text.split('\n', 1);
  const [, by = ''] = / is applied\b.*\bApproved by (.*)$/.exec(first) ?? [];
  return [...by.matchAll(/<@(\w+)>/g)].flatMap(([, id]) => id ?? []);
}

function requesterOf({ text }: SimMessage): string | undefined {
  return /^<@(\w+)> ask(?:s|ed) to /m.exec(text)?.[1];
}

/** Whether a write was made while a card stood, of a setting that it names. */
function isWriteFor({ facts, since }: Watched, card: SimMessage, { at, body }: SimRequest): boolean {
  const moment = Date.parse(at);
  const end = Date.parse(card.editedAt ?? '');
  if (!isAfter(moment, since) || moment < postedAt(card) || !(moment <= end)) return false;
  const names = typeof body === 'object' && body !== null ? Object.keys(body) : [];
  return facts.settings.some(
    ({ key, label }) => names.includes(key.split('.', 1)[0] ?? '') && card.text.includes(`${label} `),
  );
}

function keyOf({ metadata }: SimMessage): string {
  const payload = metadata?.['event_payload'];
  const key = typeof payload === 'object' && payload !== null && 'key' in payload ? payload.key : undefined;
  return typeof key === 'string' ? key : '';
}

function isByBot({ team }: Watched['slack'], { user }: SimMessage): boolean {
  return user === team.botUserId;
}

function nameOf({ people }: Watched['slack'], id: string | undefined): string {
  const person = people.find((one) => one.id === id);
  return person?.realName ?? person?.name ?? 'Somebody';
}

function postedAt({ ts }: SimMessage): number {
  return Math.round(Number(ts) * 1000);
}

function isAfter(moment: number, since: string): boolean {
  return moment > Date.parse(since);
}
