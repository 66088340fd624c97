import { getRequest } from '../../changes/queries.js';
import { partsPage } from '../blocks/parts-pages.js';
import type { Conversation } from '../conversation.js';
import { openView } from '../open-modal.js';
import { pbxNames } from './scope.js';

/** What a request for several PBXs means for each of them, page by page. */
export const parts: Conversation = {
  actions: [
    {
      id: 'change.parts',
      run: async ({ ctx, client, value, triggerId }) => {
        const request = await getRequest(ctx.db, value);
        await openView({ client, triggerId, log: ctx.log }, partsPage(request, pbxNames(ctx), 1));
      },
    },
    {
      id: 'change.parts.page',
      run: async ({ ctx, client, value, triggerId, viewId }) => {
        const [id = '', page = '1'] = value.split('.');
        const request = await getRequest(ctx.db, id);
        const view = partsPage(request, pbxNames(ctx), Number(page));
        if (viewId === null) await openView({ client, triggerId, log: ctx.log }, view);
        else await client.views.update({ view_id: viewId, view });
      },
    },
  ],
};
