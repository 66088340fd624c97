import type { ChangeRequest, SettingsContent } from '../../changes/request.js';
import { partsView } from './change-parts.js';
import { actions, button, context, type View } from './kit.js';

/** So many PBXs fit into one view however long their values are. */
const PER_PAGE = 40;

/** One page of what a request wants of every PBX by itself, with buttons to the pages beside it. */
export function partsPage(request: ChangeRequest, nameOf: (pbxId: string) => string, page: number): View {
  const { content, id } = request;
  if (content.kind === 'baseline') return partsView(request, nameOf);
  const pages = Math.ceil((content.parts.length + content.left.length) / PER_PAGE);
  if (pages < 2) return partsView(request, nameOf);
  const shown = Math.min(Math.max(1, page), pages);
  const view = partsView({ ...request, content: cut(content, shown) }, nameOf);
  const buttons = [
    ...(shown > 1 ? [button('change.parts.page', 'Previous', `${id}.${shown - 1}`)] : []),
    ...(shown < pages ? [button('change.parts.page', 'Next', `${id}.${shown + 1}`)] : []),
  ];
  return { ...view, blocks: [...view.blocks, context(`Page ${shown} of ${pages}`), actions(...buttons)] };
}

function cut(content: SettingsContent, page: number): SettingsContent {
  const [from, to] = [(page - 1) * PER_PAGE, page * PER_PAGE];
  const { length } = content.parts;
  return {
    ...content,
    parts: content.parts.slice(from, to),
    left: content.left.slice(Math.max(0, from - length), Math.max(0, to - length)),
  };
}
