import openapiTS, { astToString } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';
import ts from 'typescript';

const HEAD = `// Written by \`npm run docs:sync\` from docs/openapi.json. Do not edit.`;
const JSON_KINDS = ['array', 'boolean', 'null', 'number', 'object', 'string'];

/** The types of the TypeScript client, and which of its requests take an Idempotency-Key. */
export async function clientSchema(path, { openApi }) {
  // The generator resolves references in place.
  const nodes = await openapiTS(JSON.parse(JSON.stringify(openApi)), {
    // A field with a default may still be left out of a request.
    defaultNonNullable: false,
    emptyObjectsUnknown: true,
    transform: typeOf,
  });
  const keyed = JSON.stringify(keyedPosts(openApi));
  const text = `${HEAD}

${astToString(nodes)}
/** Paths whose POST takes an Idempotency-Key. */
export const keyedPosts = ${keyed} as const satisfies readonly (keyof paths)[];
`;
  return await format(text, { ...(await resolveConfig(path)), filepath: path });
}

/** Where the generator would write something that is not what the document says. */
function typeOf({ oneOf, properties, additionalProperties }) {
  const kinds = oneOf?.map(({ type }) => type).sort();
  // Every kind of JSON: it would be an object without fields, or one of the others.
  if (JSON.stringify(kinds) === JSON.stringify(JSON_KINDS)) return keyword('UnknownKeyword');
  const hasNoFields = additionalProperties === false && Object.keys(properties ?? {}).length === 0;
  return hasNoFields ? recordOf('StringKeyword', 'NeverKeyword') : undefined;
}

const keyword = (kind) => ts.factory.createKeywordTypeNode(ts.SyntaxKind[kind]);
const recordOf = (...kinds) => ts.factory.createTypeReferenceNode('Record', kinds.map(keyword));

function keyedPosts({ paths }) {
  return Object.entries(paths)
    .filter(([, { post }]) => post?.parameters?.some(({ $ref }) => $ref?.endsWith('/IdempotencyKey')))
    .map(([path]) => path);
}
