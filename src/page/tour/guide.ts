import type { Facts } from '../../demo/playground/face.js';
import type { PbxState } from '../frame/world.js';
import type { StepId } from './steps.js';

/** One step as the page tells it. */
export interface Lesson {
  readonly id: StepId;
  readonly title: string;
  readonly todo: string;
  /** What to type, to the letter. */
  readonly line?: string;
  /** Whom to be. */
  readonly person?: string;
  /** Which channel to look at. */
  readonly room?: string;
  /** Which setting to go to. */
  readonly setting?: { readonly pbxId: string; readonly key: string; readonly label: string };
  readonly look: string;
  readonly doc: string;
}

const ANN = 'U0ANN';
const BEN = 'U0BEN';
const HIDDEN = 'HideCRMContacts';

/** The five steps, with lines that fit what the headquarters has right now. */
export function lessons({ channels }: Facts, headquarters: PbxState | undefined): readonly Lesson[] {
  const isHidden = headquarters?.resources['GeneralSettingsForApps']?.[HIDDEN] === true;
  return [
    {
      id: 'view',
      title: 'Look at a phone system',
      todo: 'Ask what the headquarters has right now. Type this in Slack and press Enter.',
      line: '/pbx show hq AvatarStyle EnableChat',
      person: ANN,
      look: 'The answer appears in Slack, for you alone.',
      doc: 'settings.md',
    },
    {
      id: 'ask',
      title: 'Ask for a change',
      todo: `Ask to ${isHidden ? 'show the CRM contacts again' : 'hide the CRM contacts'} at the headquarters. Nothing is written yet: somebody else has to agree.`,
      line: `/pbx set hq ${HIDDEN} ${isHidden ? 'off --because the CRM is back' : 'on --because the CRM is down'}`,
      person: ANN,
      room: channels.approvals,
      look: 'A card appears in #pbx-approvals.',
      doc: 'approvals.md',
    },
    {
      id: 'approve',
      title: 'Approve it as somebody else',
      todo: 'Be Ben and press Approve on the card. Ann may not: nobody decides their own request.',
      person: BEN,
      room: channels.approvals,
      look: 'The card says applied, and under Phone systems “Hide CRM contacts” changes.',
      doc: 'approvals.md',
    },
    {
      id: 'break',
      title: 'Break the baseline behind its back',
      todo: 'Now be another admin, who never heard of Plumbline. Under Phone systems, switch Chat of Headquarters off.',
      setting: { pbxId: 'hq', key: 'EnableChat', label: 'Go to the switch' },
      look: 'Below the switch stands what the baseline wants, and what will come of it.',
      doc: 'baseline.md',
    },
    {
      id: 'report',
      title: 'Read the morning report',
      todo: 'Let the night pass: press “Jump to 02:00” at the top. Then open #pbx-reports and read what the sweep did.',
      person: ANN,
      room: channels.reports,
      look: 'Chat is on again, and the report says who had switched it off.',
      doc: 'operations.md',
    },
  ];
}
