import { actions, button, context, header, type Message, section } from './kit.js';
import { time } from './people.js';
import { code, counted, escape, spoken } from './text.js';

/** What the introduction tells of. */
export interface IntroductionFacts {
  readonly pbxs: readonly { readonly id: string; readonly name: string }[];
  readonly approvalsChannel: string;
  /** ISO 8601, or null where no sweep is scheduled. */
  readonly nextSweepAt: string | null;
}

/** What Plumbline says of itself once, where it is new: what it looks after, and the three things to do first. */
export function introductionMessage({ pbxs, approvalsChannel, nextSweepAt }: IntroductionFacts): Message {
  const [first] = pbxs;
  const id = first?.id ?? '';
  const whose = pbxs.length === 1 ? `*${escape(first?.name ?? '')}*` : `*${counted(pbxs.length, 'PBX')}*`;
  const title = 'Plumbline is here';
  const lead = `Plumbline looks after the settings of ${whose}: every night it compares them with a baseline and reports here. As long as there is no baseline it writes nothing by itself.`;
  const steps = [
    `*1. See whether it can do its work.* ${code('/pbx check')} looks at every PBX and says what to do where something is missing.`,
    `*2. Look at a PBX.* ${code(`/pbx show ${id}`)} shows its settings as they are now.`,
    `*3. Take them as the baseline.* ${code(`/pbx-baseline capture ${id} --because our standard`)} asks for that; somebody approves it in <#${approvalsChannel}>, and from then on drift is found.`,
  ];
  const next = nextSweepAt === null ? [] : [`The first sweep is due ${time(nextSweepAt)}.`];
  const more = [...next, `${code('/pbx help')} lists everything.`].join(' ');
  return {
    text: spoken([title, lead, ...steps, more]),
    blocks: [
      header(title),
      section(lead),
      section(steps.join('\n')),
      actions(button('show.pick', 'Show settings', 'all')),
      context(more),
    ],
  };
}
