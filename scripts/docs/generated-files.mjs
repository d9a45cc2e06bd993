import { built } from '../built-module.mjs';
import { clientSchema } from './client-schema.mjs';
import { errorsPage } from './errors-page.mjs';
import { keysPage } from './keys-page.mjs';
import { messagesPage } from './messages-page.mjs';
import { withService } from '../built-service.mjs';
import { environmentExample, settingsPage } from './settings-pages.mjs';

/** What every generated file should hold, by its path in the project. The built service is asked. */
export async function generatedFiles() {
  const { settingSpecs, SECRET_SETTINGS: secretSettings } = await built('config/setting-specs.js');
  const { EndpointAudit } = await built('access/endpoint-audit.js');
  const { openApi, handlers } = await withService(async ({ nest, openApi }) => ({
    openApi,
    handlers: nest.get(EndpointAudit).handlers(),
  }));
  // The catalogues are complete when the application has loaded every module.
  const { declaredErrors } = await built('errors/define-errors.js');
  const { documentedKeys } = await built('redis/keyspace.js');
  const { problemTable } = await built('transport/problem/problem-table.js');
  const makers = {
    '.env.example': () => environmentExample({ settingSpecs, secretSettings }),
    'docs/env.md': (path) => settingsPage(path, { settingSpecs, secretSettings }),
    'docs/errors.md': (path) => errorsPage(path, { errors: declaredErrors(), problemTable }),
    'docs/keys.md': (path) => keysPage(path, { keys: documentedKeys() }),
    'docs/messages.md': (path) => messagesPage(path, { handlers, openApi }),
    'clients/typescript/src/schema.ts': (path) => clientSchema(path, { openApi }),
    'docs/openapi.json': () => `${JSON.stringify(openApi, undefined, 2)}\n`,
  };
  const entries = Object.entries(makers).map(async ([path, make]) => [path, await make(path)]);
  return new Map(await Promise.all(entries));
}
