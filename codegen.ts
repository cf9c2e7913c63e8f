import type { CodegenConfig } from '@graphql-codegen/cli';
import { addTypenameSelectionDocumentTransform } from '@graphql-codegen/client-preset';
import { printSchema } from 'graphql';
import { clientSchema } from './src/schema/index.ts';

/** What `npm run codegen` writes from the code, and `npm run check` compares. */
const config: CodegenConfig = {
  schema: printSchema(clientSchema()),
  // In the order of the code: queries and types as one would read them.
  config: { sort: false },
  generates: {
    'schema.graphql': { plugins: ['schema-ast'] },
    'examples/campus-app/src/gql/': {
      documents: 'examples/campus-app/src/meetings.graphql',
      preset: 'client',
      // Apollo Client asks for __typename everywhere; a text in the manifest has to hold it already.
      documentTransforms: [addTypenameSelectionDocumentTransform],
      presetConfig: { fragmentMasking: false, persistedDocuments: { hashAlgorithm: 'sha256' } },
      config: {
        scalars: { UUID: 'string', DateTime: 'string', URL: 'string', EmailAddress: 'string' },
        defaultScalarType: 'unknown',
        enumsAsTypes: true,
        arrayInputCoercion: false,
        nonOptionalTypename: true,
        skipTypeNameForRoot: true,
        useTypeImports: true,
        importExtension: '.ts',
      },
    },
  },
};

export default config;
