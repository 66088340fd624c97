import { type Fields, fieldsIn, fieldsOf, isFields } from '../../simulators/slack/json.js';
import type { FormValues } from '../../simulators/slack/types.js';
import type { Where } from './acting.js';
import { Element } from './elements.js';
import { TextBlocks } from './text-blocks.js';

interface BlocksProps {
  readonly blocks: readonly Fields[];
  readonly where: Where;
  /** Of a modal or the Home tab: what has been chosen. */
  readonly values?: FormValues;
}

/** Block Kit as a person sees it. What only says something is drawn by the renderer, what can be pressed by the page. */
export function Blocks({ blocks, where, values = {} }: BlocksProps) {
  return (
    <div className="blocks">
      {grouped(blocks).map((group) => {
        const [first] = group;
        const key = String(first?.['block_id']);
        return isPressable(first) ? (
          <Pressable key={key} block={first} where={where} values={values} />
        ) : (
          <TextBlocks key={key} blocks={group} />
        );
      })}
    </div>
  );
}

interface PressableProps {
  readonly block: Fields;
  readonly where: Where;
  readonly values: FormValues;
}

function Pressable({ block, where, values }: PressableProps) {
  const chosen = values[String(block['block_id'])] ?? {};
  const drawn = (element: Fields) => {
    const id = String(element['action_id']);
    return (
      <Element key={id + String(element['value'])} element={element} where={where} chosen={chosen[id]} />
    );
  };
  if (block['type'] !== 'section') {
    return <div className="actions">{fieldsIn(block['elements']).map(drawn)}</div>;
  }
  const { accessory, ...rest } = block;
  return (
    <div className="with-accessory">
      <TextBlocks blocks={[rest]} />
      <div className="actions">{drawn(fieldsOf(accessory))}</div>
    </div>
  );
}

/** Neighbours that only say something belong together, so that the renderer sets them as one text. */
function grouped(blocks: readonly Fields[]): readonly (readonly Fields[])[] {
  const groups: Fields[][] = [];
  for (const block of blocks) {
    const last = groups.at(-1);
    if (last !== undefined && !isPressable(block) && !isPressable(last[0])) last.push(block);
    else groups.push([block]);
  }
  return groups;
}

function isPressable(block: Fields | undefined): block is Fields {
  if (block?.['type'] === 'actions' || block?.['type'] === 'context_actions') return true;
  const accessory = block?.['accessory'];
  return block?.['type'] === 'section' && isFields(accessory) && accessory['type'] !== 'image';
}
