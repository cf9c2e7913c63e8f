import { GatewayError } from '../lib/errors.ts';
import { builder } from './builder.ts';
import { selectedValues } from './selected-fields.ts';

builder.queryFields(t => ({
  syncMeeting: t.field({
    type: 'ZoomMeeting',
    description:
      'Synchronizes one meeting between Zoom and LumiNUS, and returns it. If that fails, the result is null, with an error at this path. The upstream is called once per id, however often a request names it.',
    args: { id: t.arg({ type: 'UUID', required: true, description: 'The id of the meeting in LumiNUS.' }) },
    resolve: (_query, { id }, { loaders, errors }, info) => {
      if (loaders instanceof GatewayError) return errors.unwrap<null>(loaders);
      loaders.meetings.checkListBudget(1, selectedValues(info));
      return errors.settle(loaders.meetings.load(id));
    },
  }),
  syncMeetings: t.field({
    type: ['ZoomMeeting'],
    nullable: { list: false, items: true },
    description:
      'Synchronizes several meetings concurrently, and returns them in the order of the ids. An id may occur more than once. A meeting that fails is null in the list, with an error at its index.',
    args: {
      ids: t.arg({ type: ['UUID'], required: true, description: 'The ids of the meetings in LumiNUS.' }),
    },
    resolve: (_query, { ids }, { loaders, errors }, info) => {
      if (loaders instanceof GatewayError) throw loaders;
      const { meetings } = loaders;
      meetings.checkListBudget(ids.length, selectedValues(info));
      return ids.map(id => errors.settle(meetings.load(id)));
    },
  }),
}));
