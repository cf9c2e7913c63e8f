import { readFile } from 'node:fs/promises';
import {
  findBreakingChanges,
  isEnumType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  printSchema,
} from 'graphql';
import { expect, it } from 'vitest';
import { MEETING_FIELDS } from '../../src/luminus/meeting.ts';
import { clientSchema, schema, subgraphSdl } from '../../src/schema/index.ts';

const types = Object.values(schema.getTypeMap()).filter(
  type => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);

it.each([
  ['schema.graphql', printSchema(clientSchema())],
  ['subgraph.graphql', subgraphSdl()],
])('%s is what the code prints', async (file, printed) => {
  const committed = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
  expect(committed.trimEnd()).toBe(printed.trimEnd());
});

it('clients see no name of federation, and the subgraph has them all', () => {
  const federation = /\b_(?:service|entities|Service|Entity|Any)\b/g;
  expect(printSchema(clientSchema()).match(federation)).toBeNull();
  expect(new Set(subgraphSdl().match(federation))).toEqual(
    new Set(['_service', '_entities', '_Service', '_Entity', '_Any']),
  );
});

it('apart from what is for federation, both schemas are equal', () => {
  const whole = findBreakingChanges(clientSchema(), schema);
  const missing = findBreakingChanges(schema, clientSchema()).map(({ description }) => description);
  expect(whole).toEqual([]);
  expect(
    missing.filter(description => !/^(?:Standard scalar .*|(?:Query\.)?_\w+) was removed/.test(description)),
  ).toEqual([]);
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
