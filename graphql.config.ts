/** For editors and linters: the schema that the queries of the repository are written against. */
export default {
  schema: 'schema.graphql',
  documents: 'examples/campus-app/src/**/*.graphql',
};
