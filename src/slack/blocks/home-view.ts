import type { ChangeRequest } from '../../changes/request.js';
import { requestLine, targetName } from './change-words.js';
import {
  actions,
  type Block,
  type Button,
  button,
  context,
  divider,
  header,
  menu,
  section,
  type Select,
  type View,
} from './kit.js';
import { preferenceMenu, type PreferenceName } from './preference-menu.js';
import { time } from './people.js';
import { type DriftShort, driftLine } from './report-status.js';
import { counted, escape } from './text.js';

/** What a person may do with a request straight from the Home tab. */
export type HomeAct = 'decide' | 'break-glass' | 'withdraw' | 'revert' | 'review';

/** A request, and what this person may do with it. */
export interface HomeLine {
  readonly request: ChangeRequest;
  readonly acts: readonly HomeAct[];
}

export interface LastSweep {
  /** Changes whenever the sweep's row does. */
  readonly revision: string;
  readonly number: number;
  readonly at: string;
  /** How much was looked at and how it ended, marked up. */
  readonly coverage: string;
}

/** All that one person's Home tab says. */
export interface HomeFacts {
  readonly pbxs: readonly { readonly id: string; readonly name: string }[];
  readonly nameOf: (pbxId: string) => string;
  readonly baselineVersion: number;
  readonly last: LastSweep | null;
  readonly nextAt: string | null;
  /** What of the drift is open and what waits for a release. */
  readonly drift: DriftShort;
  /** Why rules cannot be satisfied by anybody; none where all is well. */
  readonly ruleFaults: readonly string[];
  /** Whether the person may ask for changes. */
  readonly isProposer: boolean;
  readonly waiting: readonly HomeLine[];
  readonly hasMoreWaiting: boolean;
  readonly asked: readonly HomeLine[];
  readonly hasMoreAsked: boolean;
  readonly recent: readonly HomeLine[];
  readonly reviews: readonly HomeLine[];
  readonly hasMoreReviews: boolean;
  readonly preference: PreferenceName;
}

const MOST_FAULTS = 5;

/** A person's Home tab: the fleet at a glance, what waits for them, what became of things, what they may do. */
export function homeView(facts: HomeFacts): View {
  return {
    type: 'home',
    blocks: [
      header('Plumbline'),
      ...fleetBlocks(facts),
      ...list('Waits for you', 'No request waits for you.', facts.waiting, facts),
      ...more(facts.hasMoreWaiting, 'mine', 'All that waits for you'),
      ...list('You asked', 'Nothing that you asked for is open.', facts.asked, facts),
      ...more(facts.hasMoreAsked, 'asked', 'All that you asked'),
      ...reviewBlocks(facts),
      ...list('Recent changes', 'Nothing was changed yet.', facts.recent, facts),
      ...more(facts.recent.length > 0, 'decided', 'All that was decided'),
      divider(),
      ...deedBlocks(facts),
      context(
        'Answers to these buttons come as direct messages. Type `/pbx help` for all that Plumbline can do.',
      ),
    ],
  };
}

function fleetBlocks({ pbxs, baselineVersion, last, nextAt, drift, ruleFaults }: HomeFacts): Block[] {
  const held = baselineVersion === 0 ? 'no baseline yet' : `baseline v${baselineVersion}`;
  const swept =
    last === null
      ? 'No sweep has ended yet.'
      : `Last sweep: ${last.coverage} (#${last.number}, ${time(last.at)})`;
  return [
    section(`${counted(pbxs.length, 'PBX')}, ${held}`),
    section(swept),
    ...(driftLine(drift) === '' ? [] : [section(driftLine(drift))]),
    context(nextAt === null ? 'No sweep is planned.' : `Next sweep ${time(nextAt)}`),
    ...ruleFaults.slice(0, MOST_FAULTS).map((because) => section(`:warning: ${escape(because)}.`)),
    divider(),
  ];
}

/** Reviews are only worth a heading where there are any. */
function reviewBlocks(facts: HomeFacts): Block[] {
  if (facts.reviews.length === 0) return [];
  return [
    ...list('Open reviews', '', facts.reviews, facts),
    ...more(facts.hasMoreReviews, 'reviews', 'All open reviews'),
  ];
}

function list(title: string, otherwise: string, lines: readonly HomeLine[], { nameOf }: HomeFacts): Block[] {
  if (lines.length === 0) return [section(`*${title}*\n${otherwise}`)];
  return [
    section(`*${title}*`),
    ...lines.flatMap(({ request, acts }) => {
      const buttons = acts.flatMap((act) => buttonsFor(act, request));
      const line = section(`• ${requestLine(request, targetName(request.target, nameOf))}`);
      return buttons.length === 0 ? [line] : [line, actions(...buttons)];
    }),
  ];
}

function buttonsFor(act: HomeAct, request: ChangeRequest): readonly Button[] {
  const of = `request ${request.number}`;
  const { id, round, blocked } = request;
  const seen = `${id}.${round}`;
  switch (act) {
    case 'decide':
      return [
        ...(blocked === null
          ? [button('change.approve', 'Approve', seen, { style: 'primary', label: `Approve ${of}` })]
          : []),
        button('change.deny', 'Deny', seen, { style: 'danger', label: `Deny ${of}` }),
      ];
    case 'break-glass':
      return [
        button('change.break-glass', 'Break glass…', seen, {
          style: 'danger',
          label: `Break glass: apply ${of} at once, without approval`,
        }),
      ];
    case 'withdraw':
      return [button('change.withdraw', 'Withdraw', seen, { label: `Withdraw ${of}` })];
    case 'revert':
      return [button('change.revert', 'Revert', id, { label: `Ask to revert ${of}` })];
    case 'review':
      return [
        button('change.review', 'Close the review', id, {
          style: 'primary',
          label: `Close the review of ${of}`,
        }),
      ];
  }
}

function more(hasMore: boolean, list: string, text: string): Block[] {
  return hasMore ? [actions(button(`requests.list.${list}`, text, list))] : [];
}

/** What can be done at once. Looking is for everybody, asking only for those who may. */
function deedBlocks({ pbxs, isProposer, preference }: HomeFacts): Block[] {
  const looking = actions(
    button('show.pick', 'Show settings', 'all'),
    button('requests.list', 'Open requests', 'open'),
    button('baseline.show', 'Show the baseline', 'all'),
    button('drift.check', 'Check for drift', 'all'),
    button('drift.report', 'Last drift report', 'last'),
  );
  const [only] = pbxs;
  const ask: Button | Select | null =
    only !== undefined && pbxs.length === 1
      ? button('change.open', 'Ask for a change', only.id, { style: 'primary' })
      : menu(
          'change.open',
          'Ask for a change of…',
          pbxs.map(({ id, name }) => ({ value: id, text: name })),
        );
  return [
    ...(isProposer && only !== undefined ? [actions(ask)] : []),
    looking,
    context('How requests end is told to you in direct messages:'),
    actions(preferenceMenu(preference)),
  ];
}
