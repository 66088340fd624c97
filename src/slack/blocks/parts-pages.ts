import type { ChangeRequest, Content } from '../../changes/request.js';
import { partsView } from './change-parts.js';
import { actions, button, context, type View } from './kit.js';

/** So many PBXs fit into one view however long their values are. */
const PER_PAGE = 40;

/** One page of what a request wants of every PBX by itself, with buttons to the pages beside it. */
export function partsPage(request: ChangeRequest, nameOf: (pbxId: string) => string, page: number): View {
  const { content, id } = request;
  const pages = Math.ceil(pbxsIn(content) / PER_PAGE);
  if (pages < 2) return partsView(request, nameOf);
  const shown = Math.min(Math.max(1, page), pages);
  const view = partsView({ ...request, content: cut(content, shown) }, nameOf);
  const buttons = [
    ...(shown > 1 ? [button('change.parts.page', 'Previous', `${id}.${shown - 1}`)] : []),
    ...(shown < pages ? [button('change.parts.page', 'Next', `${id}.${shown + 1}`)] : []),
  ];
  return { ...view, blocks: [...view.blocks, context(`Page ${shown} of ${pages}`), actions(...buttons)] };
}

function pbxsIn(content: Content): number {
  if (content.kind === 'settings') return content.parts.length + content.left.length;
  if (content.kind !== 'baseline' || content.impact === undefined) return 0;
  const { changes, unread, absent = [] } = content.impact;
  return changes.length + unread.length + absent.length;
}

function cut(content: Content, page: number): Content {
  if (content.kind === 'settings') {
    const { parts, left } = content;
    return { ...content, parts: pageOf(parts, 0, page), left: pageOf(left, parts.length, page) };
  }
  if (content.kind !== 'baseline' || content.impact === undefined) return content;
  const { changes, unread, absent = [] } = content.impact;
  return {
    ...content,
    impact: {
      ...content.impact,
      changes: pageOf(changes, 0, page),
      unread: pageOf(unread, changes.length, page),
      absent: pageOf(absent, changes.length + unread.length, page),
    },
  };
}

/** What of a list stands on a page, where `before` others come before its first. */
function pageOf<T>(list: readonly T[], before: number, page: number): readonly T[] {
  const from = (page - 1) * PER_PAGE - before;
  return list.slice(Math.max(0, from), Math.max(0, from + PER_PAGE));
}
