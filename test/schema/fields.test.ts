import { describe, expect, it } from 'vitest';
import { meetingOf } from '../../sandbox/meeting.ts';
import { meetingBut } from '../../sandbox/reply.ts';
import { MEETING_FIELDS } from '../../src/luminus/meeting.ts';
import { schema } from '../../src/schema/index.ts';
import { openWorld } from '../support/world.ts';

const ID = '3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b';
const CODES = ['meetingTypeCode', 'recordTypeCode', 'authenticationOptCode'];

type Meeting = Record<string, unknown>;

describe('a meeting', () => {
  it('has the 33 fields of the API page under their own names, and the three codes', () => {
    const type = schema.getType('ZoomMeeting');
    const names = type && 'getFields' in type ? Object.keys(type.getFields()) : [];
    expect(names.toSorted()).toEqual(['id', ...Object.keys(MEETING_FIELDS), ...CODES].toSorted());
    expect(Object.keys(MEETING_FIELDS)).toHaveLength(32);
  });

  it('comes back with every field as the upstream holds it', async () => {
    await using world = await openWorld();
    world.sandbox.answer(
      ID,
      meetingBut({
        meetingType: 1,
        recordType: 1,
        authenticationOpt: 1,
        startDate: '2026-11-23T10:00:00+08:00',
      }),
    );
    const fields = ['id', ...Object.keys(MEETING_FIELDS), ...CODES].join(' ');
    const { data, errors } = await world.ask<{ syncMeeting: Meeting }>(
      `{ syncMeeting(id: "${ID}") { ${fields} } }`,
    );
    const sent = meetingOf(ID);
    const utc = (text: string) => new Date(text).toISOString();
    expect(errors).toEqual([]);
    expect(data.syncMeeting).toEqual({
      ...sent,
      startDate: '2026-11-23T02:00:00.000Z',
      endDate: utc(sent.endDate),
      createdDate: utc(sent.createdDate),
      alternativeHosts: sent.alternativeHosts.split(','),
      meetingType: 'EXAM',
      meetingTypeCode: 1,
      recordType: 'CLOUD',
      recordTypeCode: 1,
      authenticationOpt: 'NUS_ZOOM',
      authenticationOptCode: 1,
    });
  });

  it.each([
    ['meetingType', 1, 'EXAM'],
    ['meetingType', 2, 'CUSTOM'],
    ['meetingType', 3, 'TIMETABLE'],
    ['meetingType', 0, null],
    ['meetingType', 4, 'UNKNOWN'],
    ['meetingType', -1, 'UNKNOWN'],
    ['meetingType', null, null],
    ['recordType', 0, 'NONE'],
    ['recordType', 1, 'CLOUD'],
    ['recordType', 2, 'LOCAL'],
    ['recordType', 3, 'UNKNOWN'],
    ['recordType', null, null],
    ['authenticationOpt', 0, null],
    ['authenticationOpt', 1, 'NUS_ZOOM'],
    ['authenticationOpt', 2, 'ZOOM'],
    ['authenticationOpt', 3, 'UNKNOWN'],
  ])('reads %s %s as %s and keeps the number', async (field, code, name) => {
    await using world = await openWorld();
    world.sandbox.answer(ID, meetingBut({ [field]: code }));
    const { data, errors } = await world.ask<{ syncMeeting: Meeting }>(
      `{ syncMeeting(id: "${ID}") { ${field} ${field}Code } }`,
    );
    expect(errors).toEqual([]);
    expect(data.syncMeeting).toEqual({ [field]: name, [`${field}Code`]: code });
  });

  it.each([
    ['a@nus.edu.sg,b@nus.edu.sg', ['a@nus.edu.sg', 'b@nus.edu.sg']],
    [' a@nus.edu.sg , ,b@nus.edu.sg,', ['a@nus.edu.sg', 'b@nus.edu.sg']],
    ['', []],
    [' , ', []],
    [null, null],
    [undefined, null],
  ])('reads the alternative hosts %j as %j', async (sent, read) => {
    await using world = await openWorld();
    world.sandbox.answer(ID, meetingBut({ alternativeHosts: sent }));
    const { data } = await world.ask<{ syncMeeting: Meeting }>(
      `{ syncMeeting(id: "${ID}") { alternativeHosts } }`,
    );
    expect(data.syncMeeting).toEqual({ alternativeHosts: read });
  });

  it.each([2147483647, -2147483648, '120', 0])('takes %s for a duration', async duration => {
    await using world = await openWorld();
    world.sandbox.answer(ID, meetingBut({ meetingDuration: duration }));
    const { data, errors } = await world.ask<{ syncMeeting: Meeting }>(
      `{ syncMeeting(id: "${ID}") { meetingDuration } }`,
    );
    expect(errors).toEqual([]);
    expect(data.syncMeeting).toEqual({ meetingDuration: Number(duration) });
  });
});

describe('a field that cannot be read', () => {
  it.each([
    ['meetingDuration', 2147483648],
    ['meetingDuration', -2147483649],
    ['meetingDuration', 1.5],
    ['meetingDuration', '12 minutes'],
    ['recordType', {}],
    ['isWaitingRoom', 'yes'],
    ['topic', { secret: 1 }],
    ['moduleID', '{3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b}'],
    ['email', 'not an address'],
    ['joinUrl', 'javascript:alert(1)'],
    ['joinUrl', 'nowhere'],
    ['startDate', '2026-02-30T10:00:00+08:00'],
    ['alternativeHosts', ['a@nus.edu.sg']],
  ])('%s: %j is null with an error that names the field and not the value', async (field, value) => {
    await using world = await openWorld();
    world.sandbox.answer(ID, meetingBut({ [field]: value }));
    const { status, data, errors, text } = await world.ask<{ syncMeeting: Meeting }>(
      `{ syncMeeting(id: "${ID}") { id name ${field} } }`,
    );
    expect(status).toBe(200);
    expect(data.syncMeeting).toEqual({ id: ID, name: meetingOf(ID).name, [field]: null });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({
      path: ['syncMeeting', field],
      extensions: { code: 'UPSTREAM_INVALID_RESPONSE', retryable: false },
    });
    expect(errors[0]?.message).toContain(`"${field}"`);
    expect(text).not.toContain(JSON.stringify(value));
  });
});
