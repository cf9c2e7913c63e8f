import { Failure } from '../lib/errors.ts';
import { builder } from './builder.ts';
import { selectedFields } from './selected-fields.ts';

builder.queryFields(t => ({
  syncMeeting: t.field({
    type: 'ZoomMeeting',
    description:
      'Syncs one meeting between Zoom and LumiNUS and returns it. Null, with an error at this path, when that fails. However often one request names an id, the upstream is called once for it.',
    args: { id: t.arg({ type: 'UUID', required: true, description: 'The id of the meeting in LumiNUS.' }) },
    resolve: (_query, { id }, { loaders, errors }, info) => {
      if (loaders instanceof Failure) return errors.unwrap<null>(loaders);
      loaders.meetings.checkListBudget(1, selectedFields(info));
      return errors.settle(loaders.meetings.load(id));
    },
  }),
  syncMeetings: t.field({
    type: ['ZoomMeeting'],
    nullable: { list: false, items: true },
    description:
      'Syncs several meetings side by side and returns them in the order asked; an id may be named more than once. A meeting that fails is null in the list, with an error at its own place.',
    args: {
      ids: t.arg({ type: ['UUID'], required: true, description: 'The ids of the meetings in LumiNUS.' }),
    },
    resolve: (_query, { ids }, { loaders, errors }, info) => {
      if (loaders instanceof Failure) throw loaders;
      const { meetings } = loaders;
      meetings.checkListBudget(ids.length, selectedFields(info));
      return ids.map(id => errors.settle(meetings.load(id)));
    },
  }),
}));
