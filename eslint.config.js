import graphql from '@graphql-eslint/eslint-plugin';

const base = {
  languageOptions: { parser: graphql.parser },
  plugins: { '@graphql-eslint': graphql },
};

/** Recommended rules for GraphQL alone: TypeScript is linted by oxlint and Biome. */
export default [
  {
    ...base,
    files: ['schema.graphql'],
    rules: {
      ...graphql.configs['flat/schema-recommended'].rules,
      // An id of LumiNUS is a UUID, and the gateway accepts nothing else: the type ID would promise any text.
      '@graphql-eslint/strict-id-in-types': ['error', { acceptedIdTypes: ['UUID'] }],
    },
  },
  {
    ...base,
    files: ['examples/campus-app/src/**/*.graphql'],
    rules: graphql.configs['flat/operations-recommended'].rules,
  },
];
