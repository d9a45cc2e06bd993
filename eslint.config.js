import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import security from 'eslint-plugin-security';
import tseslint from 'typescript-eslint';

const SOURCES = ['src/**/*.ts'];
const TESTS = ['test/**/*.ts', 'src/**/*.test.ts'];
const SCRIPTS = ['**/*.js', '**/*.mjs', '**/*.cjs'];

// The globals of the Node that runs the check; the oldest supported one is part of CI.
const nodeGlobals = Object.fromEntries(
  Object.getOwnPropertyNames(globalThis).map((name) => [name, 'readonly']),
);

const securityRules = Object.fromEntries(
  Object.keys(security.rules).map((rule) => [`security/${rule}`, 'error']),
);

const onlyConfigReadsTheEnvironment = 'Only src/config reads process.env: add a setting there.';

export default defineConfig(
  globalIgnores([
    'dist/',
    'clients/*/dist/',
    'clients/typescript/src/schema.ts',
    'coverage/',
    'data/',
    '.cache/',
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' } },

  js.configs.recommended,
  {
    plugins: { security },
    rules: {
      ...securityRules,
      // Fires on every computed access, typed arrays and constant tables included.
      'security/detect-object-injection': 'off',
      eqeqeq: ['error', 'always'],
      'no-implicit-coercion': ['error', { allow: ['!!'] }],
      'no-param-reassign': 'error',
      'no-unused-expressions': 'off', // the typed rule replaces it
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': ['error', { destructuring: 'all' }],
    },
  },

  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.check.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // In files with decorators the rule reads emitDecoratorMetadata from the program and stays silent, so a
      // class that Nest injects is never turned into a type import.
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { prefer: 'type-imports', fixStyle: 'inline-type-imports', disallowTypeAnnotations: true },
      ],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/naming-convention': [
        'error',
        {
          selector: 'typeLike',
          format: null,
          custom: { regex: '^(I[A-Z][a-z]|Base[A-Z])|(Manager|Helper|Utils?)$', match: false },
        },
      ],
      '@typescript-eslint/no-deprecated': 'error',
      '@typescript-eslint/no-dynamic-delete': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
      '@typescript-eslint/no-meaningless-void-operator': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-mixed-enums': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unnecessary-boolean-literal-compare': 'error',
      '@typescript-eslint/no-unnecessary-template-expression': 'error',
      '@typescript-eslint/no-unnecessary-type-arguments': 'error',
      '@typescript-eslint/no-unused-expressions': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/no-useless-constructor': 'error',
      '@typescript-eslint/related-getter-setter-pairs': 'error',
      // A method that throws must reject, also when it awaits nothing: `async` is the way to say so.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      '@typescript-eslint/use-unknown-in-catch-callback-variable': 'error',
    },
  },

  {
    files: SOURCES,
    rules: {
      'max-lines': ['error', { max: 300 }],
      'no-console': 'error',
      'no-restricted-globals': [
        'error',
        { name: 'fetch', message: 'Requests leave by src/outgoing alone: inject OutgoingRequests.' },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: ['process', 'node:process'].map((name) => ({
            name,
            message: `Use the global process. ${onlyConfigReadsTheEnvironment}`,
          })),
        },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: onlyConfigReadsTheEnvironment },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'MemberExpression[property.name="process"]',
          message: `Use the global process. ${onlyConfigReadsTheEnvironment}`,
        },
        { selector: 'ExportAllDeclaration', message: 'No barrels: import from the file that declares it.' },
      ],
    },
  },
  { files: ['clients/**/*.ts'], rules: { 'max-lines': ['error', { max: 300 }], 'no-console': 'error' } },
  { files: ['src/config/**/*.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    // Paths there come from the settings and from this program's own folders; no request reaches them.
    files: [
      'src/config/**/*.ts',
      'src/redis/**/*.ts',
      'src/encryption/secret-file.ts',
      'src/access/bootstrap-key.ts',
      'src/transport/http/tls.ts',
      'src/main.ts',
    ],
    rules: { 'security/detect-non-literal-fs-filename': 'off' },
  },
  {
    // What runs on a developer's machine takes its paths, patterns and commands from nobody else.
    files: [...TESTS, 'bench/**', 'examples/**', 'scripts/**', '*.config.{js,ts}'],
    rules: {
      'security/detect-child-process': 'off',
      'security/detect-non-literal-fs-filename': 'off',
      'security/detect-non-literal-regexp': 'off',
    },
  },
  {
    files: TESTS,
    rules: {
      // Matchers (`expect.any`, `expect.objectContaining`) and parsed answers are `any`.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off', // spies are passed by name
      'max-lines': 'off',
      'no-restricted-globals': 'off', // they are clients themselves
    },
  },

  { files: SCRIPTS, languageOptions: { globals: nodeGlobals } },
  {
    files: ['**/*.cjs'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { module: 'writable', require: 'readonly', exports: 'writable', __dirname: 'readonly' },
    },
  },
);
