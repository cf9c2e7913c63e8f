import { readFile } from 'node:fs/promises';
import { isEnumType, isIntrospectionType, isObjectType, isSpecifiedScalarType, printSchema } from 'graphql';
import { expect, it } from 'vitest';
import { MEETING_FIELDS } from '../../src/luminus/meeting.ts';
import { schema } from '../../src/schema/index.ts';

const types = Object.values(schema.getTypeMap()).filter(
  type => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);

it('schema.graphql is what the code prints', async () => {
  const committed = await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8');
  expect(committed.trimEnd()).toBe(printSchema(schema).trimEnd());
});

it('everything has a description', () => {
  const described = types.flatMap(type => [
    [type.name, type.description],
    ...(isEnumType(type)
      ? type.getValues().map(value => [`${type.name}.${value.name}`, value.description])
      : []),
    ...(isObjectType(type)
      ? Object.values(type.getFields()).flatMap(field => [
          [`${type.name}.${field.name}`, field.description],
          ...field.args.map(arg => [`${type.name}.${field.name}(${arg.name})`, arg.description]),
        ])
      : []),
  ]);
  expect(described.length).toBeGreaterThan(55);
  expect(described.filter(([, description]) => !description).map(([name]) => name)).toEqual([]);
});

it('only the id of a meeting is sure to be there', () => {
  const meeting = schema.getType('ZoomMeeting');
  const fields = isObjectType(meeting) ? Object.values(meeting.getFields()) : [];
  expect(fields.filter(field => String(field.type).endsWith('!')).map(field => field.name)).toEqual(['id']);
});

it('secret fields say so', () => {
  const meeting = schema.getType('ZoomMeeting');
  const fields = isObjectType(meeting) ? Object.values(meeting.getFields()) : [];
  const marked = fields.filter(field => field.description?.includes('Secret:')).map(field => field.name);
  const sensitive = Object.entries(MEETING_FIELDS).flatMap(([name, spec]) =>
    'sensitive' in spec ? [name] : [],
  );
  expect(marked.toSorted()).toEqual(sensitive.toSorted());
  expect(sensitive.toSorted()).toEqual(['hostKey', 'joinUrl', 'meetingPassword']);
});

it('the queries are as promised', () => {
  const sdl = printSchema(schema)
    .replaceAll(/"""[\s\S]*?"""\s*/g, '')
    .replaceAll(/\s+/g, ' ');
  expect(sdl).toContain('syncMeeting( id: UUID! ): ZoomMeeting ');
  expect(sdl).toContain('syncMeetings( ids: [UUID!]! ): [ZoomMeeting]!');
  expect(sdl).toContain('alternativeHosts: [String!]');
});
